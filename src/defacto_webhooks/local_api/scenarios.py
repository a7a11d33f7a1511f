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
    CANCEL = "CANCEL"  # declined


BIC: Final = "FK2FACTO"
_ORDER: Final = tuple(Scenario)
_BANK: Final = "99999"
_LENGTH: Final = 27  # of a French IBAN


def generate_iban(scenario: Scenario) -> str:
    """A French IBAN with a valid checksum; the national check digits are not."""
    account = "".join(secrets.choice("0123456789") for _ in range(_LENGTH - 4 - len(_BANK) - 1))
    rest = f"{_BANK}{_ORDER.index(scenario)}{account}"
    # ISO 7064 MOD 97-10: letters count as 10 to 35, so FR is 15 and 27.
    return f"FR{98 - int(f'{rest}152700') % 97:02d}{rest}"


def scenario_of(account_number: str | None) -> Scenario:
    """The scenario of an IBAN; SUCCESS if it is not one of ours."""
    iban = (account_number or "").replace(" ", "").upper()
    digit = iban[4 + len(_BANK) : 5 + len(_BANK)]
    is_ours = iban.startswith("FR") and iban[4:].startswith(_BANK) and len(iban) == _LENGTH
    return _ORDER[int(digit)] if is_ours and digit in ("0", "1", "2", "3", "4") else Scenario.SUCCESS
