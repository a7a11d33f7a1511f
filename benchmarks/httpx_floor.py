"""The same POSTs with httpx and nothing else: what is left of ours on top of the library.

Usage: httpx_floor.py URL COUNT CONNECTIONS
"""

from __future__ import annotations

import asyncio
import sys

import httpx

url, count, connections = f"{sys.argv[1]}/webhooks", int(sys.argv[2]), int(sys.argv[3])


async def main() -> None:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    numbers = iter(range(count))

    async def work(client: httpx.AsyncClient) -> None:
        for number in numbers:
            body = {
                "name": f"subscription-{number:06}",
                "to_url": f"https://hooks.example.com/defacto/{number}?token=t",
                "event_types": ["Invoice.SUBMITTED", "Invoice.VERIFIED", "Loan.CLOSED"],
            }
            answer = await client.post(url, json=body)
            assert answer.status_code == 201

    async with httpx.AsyncClient(headers={"Authorization": "Bearer k"}, limits=limits) as client:
        await asyncio.gather(*(work(client) for _ in range(connections)))


asyncio.run(main())
