"""Creates against a server that limits the rate: how close to the limit's own time, and does anything fail?"""

from __future__ import annotations

import argparse
import asyncio

from assistants_tool.applying.context import Policy
from assistants_tool.endpoint.patience import Patience
from tests.hostile import Temper, hostile
from tests.trials import applied, definitions

MOST = 1.15  # times the limit's own time


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="creates (default: 500)")
    parser.add_argument("--rate", type=float, default=50, help="requests a second that the server takes (default: 50)")
    parser.add_argument("--retry-after", type=float, default=1, help="what its 429 says, in seconds (default: 1)")
    given = parser.parse_args()
    with hostile(Temper(rate=given.rate, retry_after=given.retry_after)) as endpoint:
        run = asyncio.run(applied(endpoint.url, definitions(given.count), policy=Policy(), patience=Patience()))
        requests, refused = len(endpoint.log), endpoint.throttled
        seconds = endpoint.last - endpoint.log[0].at
    failed = given.count - run.summary["create done"]
    own = (requests - refused - given.rate) / given.rate  # the first second's worth is free
    ratio = seconds / own
    print(
        f"{given.count} creates at {given.rate:g}/s: {seconds:.2f} s, the limit's own time is {own:.2f} s: ratio {ratio:.2f};"
    )
    print(f"  failed {failed}, {refused} of {requests} answers were 429 ({refused / requests:.0%})")
    return 0 if ratio <= MOST and not failed else 1


if __name__ == "__main__":
    raise SystemExit(main())
