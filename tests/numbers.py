"""Identity numbers of nobody: the right shape and check digit, an area code that no place has."""

from stdnum.cn import ric


def resident_number(serial: int) -> str:
    """The n-th number of a man born in 1960 or later."""
    born, order = divmod(serial, 500)
    head = f"990000{1960 + born // 28:04d}01{born % 28 + 1:02d}{order * 2 + 1:03d}"
    return head + ric.calc_check_digit(head + "0")
