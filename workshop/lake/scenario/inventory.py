"""What Maple Ferry's account owned on the evening before the lake begins: instances, NAT gateways, and addresses."""

from collections.abc import Iterator

from .company import COMPANY_NAT, INSTANCES

COLUMNS = ("resource", "id", "address")
_NAT_GATEWAY = "nat-0b7d1e94c3a5f2860"


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield a row for each instance that ran and for the NAT gateway, as COLUMNS; "" for no public address.

    DescribeInstances and DescribeNatGateways would have answered so then. Later instances are not in it.
    """
    for instance in INSTANCES:
        if instance.hours[0] == 0:
            yield ("AWS::EC2::Instance", instance.id, "" if instance.address == COMPANY_NAT else instance.address)
    yield ("AWS::EC2::NatGateway", _NAT_GATEWAY, COMPANY_NAT)
