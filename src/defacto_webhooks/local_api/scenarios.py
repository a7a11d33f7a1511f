"""Scenarios of the sandbox, which travel in the IBAN of an invoice.

Documented: the sandbox goes by the IBAN; one that it did not generate means SUCCESS; the BIC is FK2FACTO.
How the IBAN tells the scenario is not documented: here, by the digit behind a bank code that no bank has.
"""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Final


class Scenario(StrEnum):
    """What becomes of a generated invoice.

    The documentation describes what they do to a loan; what they do to an invoice is a guess:
    """

    SUCCESS = "SUCCESS"  # verified after the usual delay
    SUCCESS_ONE_DAY_LATER = "SUCCESS_ONE_DAY_LATER"  # verified a day later
    REJECT = "REJECT"  # to be edited once; verified when submitted again
    FAIL = "FAIL"  # to be edited, however often it is submitted


BIC: Final = "FK2FACTO"
_ORDER: Final = tuple(Scenario)
# Country → (start of its IBANs, bank code, digits behind it).
_IBANS: Final = {
    "FRA": ("FR", "99999", 18),
    "ESP": ("ES", "9999", 16),
    "NLD": ("NL", "FKTO", 10),
    "DEU": ("DE", "99999999", 10),
    "BEL": ("BE", "999", 9),
}


def generate_iban(country: str, scenario: Scenario) -> str:
    """An IBAN of `country` (three letters) with a valid checksum; the national check digits are not."""
    start, bank, length = _IBANS[country]
    account = "".join(secrets.choice("0123456789") for _ in range(length - 1))
    rest = f"{bank}{_ORDER.index(scenario)}{account}"
    return f"{start}{98 - _remainder(f'{rest}{start}00'):02d}{rest}"


def scenario_of(account_number: str | None) -> Scenario:
    """The scenario of an IBAN; SUCCESS where it is none of ours."""
    iban = (account_number or "").replace(" ", "").upper()
    for start, bank, length in _IBANS.values():
        digit = iban[4 + len(bank) : 5 + len(bank)]
        if (
            iban.startswith(start)
            and iban[4:].startswith(bank)
            and len(iban) == 4 + len(bank) + length
            and digit in ("0", "1", "2", "3")
        ):
            return _ORDER[int(digit)]
    return Scenario.SUCCESS


def _remainder(text: str) -> int:
    """ISO 7064 MOD 97-10, as IBANs use it: letters count as 10 to 35."""
    return int("".join(str(int(character, 36)) for character in text)) % 97
