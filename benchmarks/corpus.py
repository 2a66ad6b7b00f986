"""Run the classifier over a folder of captures and compare it with a manifest.

    python benchmarks/corpus.py FOLDER MANIFEST.csv [--engine NAME] [--jobs N] [--details]

The manifest is a CSV with the columns ``name`` (path below FOLDER), ``packets``,
``frames_tshark``, ``tcp_conv``, ``udp_conv`` and ``sctp_conv`` (conversations as tshark counts
them). For every capture the whole job is done, all report formats included. Printed are:
tracebacks and hangs (there must be none), refused files, packet counts that differ, and
conversation counts that differ, each with the reason that the flow table shows:

``timeouts``   the endpoints agree; our timeouts or port reuse cut a conversation into more flows
``tunnels``    inner flows are counted here, tshark counts the outer ones as well
``vlan``       the same endpoints on several VLANs are several conversations here
``other``      none of these; listed one by one
"""

from __future__ import annotations

import argparse
import csv
import signal
import sys
import time
import traceback
from collections import Counter
from multiprocessing import Pool
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LIMIT_SECONDS = 120
TRANSPORTS = {"tcp": "tcp_conv", "udp": "udp_conv", "sctp": "sctp_conv"}


def measure(task: tuple[str, dict[str, str], str]) -> dict[str, object]:
    """Classify one capture; returns what came out, or how it failed."""
    folder, row, engine = task
    signal.alarm(LIMIT_SECONDS)
    begun = time.perf_counter()
    try:
        return {**classify(Path(folder), row, engine), "seconds": time.perf_counter() - begun}
    except Exception:  # noqa: BLE001  every traceback is a result here
        return {"name": row["name"], "traceback": traceback.format_exc()}
    finally:
        signal.alarm(0)


def classify(folder: Path, row: dict[str, str], engine: str) -> dict[str, object]:
    """The whole job on one capture, all report formats included."""
    import classifier
    from classifier import reports

    try:
        analysis = classifier.read(folder / row["name"], engine=engine)
    except classifier.ClassifierError as error:
        return {"name": row["name"], "refused": str(error).replace(str(folder) + "/", "")}
    sizes = {each.name: len(reports.render(each.name, analysis)) for each in reports.FORMATS}
    health = analysis.capture_health
    return {
        "name": row["name"],
        "frames": health.frames,
        "adds_up": health.adds_up,
        "flows": len(analysis.flows),
        "unknown": int((analysis.flows["service"] == "unknown").sum()),
        "warnings": [str(warning).replace(str(folder) + "/", "") for warning in health.warnings],
        "report_bytes": sizes,
        "conversations": {
            transport: conversations(analysis.flows, transport, row[column])
            for transport, column in TRANSPORTS.items()
            if row.get(column)
        },
    }


def conversations(flows, transport: str, expected: str) -> tuple[str, str]:  # noqa: ANN001
    """How our conversations of a transport compare with tshark's: verdict and figures."""
    ours = flows[flows["transport"] == transport]
    ends = [
        tuple(sorted(((client, int(client_port)), (server, int(server_port)))))
        for client, client_port, server, server_port in zip(
            ours["client_ip"], ours["client_port"], ours["server_ip"], ours["server_port"],
            strict=True,
        )
    ]  # fmt: skip
    distinct = len(set(ends))
    tagged = len(
        set(zip(ends, ours["vlan"].astype("Int32").fillna(-1), ours["tunnel"], strict=True))
    )
    figures = f"flows {len(ends)}, endpoints {distinct}, tshark {expected}"
    if int(expected) in (len(ends), distinct):
        reason = "equal" if len(ends) == int(expected) else "timeouts"
        if reason == "timeouts" and tagged != distinct:
            reason = "vlan"
    elif flows["tunnel"].ne("").any():
        reason = "tunnels"
    else:
        reason = "other"
    return reason, figures


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--details", action="store_true", help="list explained differences too")
    options = parser.parse_args()
    csv.field_size_limit(1 << 30)
    with options.manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    begun = time.perf_counter()
    tasks = [(str(options.folder), row, options.engine) for row in rows]
    with Pool(options.jobs, maxtasksperchild=200) as pool:
        results = pool.map(measure, tasks, chunksize=8)
    seconds = time.perf_counter() - begun
    summarise(rows, results, seconds, details=options.details)


def summarise(
    rows: list[dict[str, str]],
    results: list[dict[str, object]],
    seconds: float,
    *,
    details: bool,
) -> None:
    """Print failures, then differences, then totals."""
    reasons: Counter[str] = Counter()
    packets: Counter[str] = Counter()
    for row, result in zip(rows, results, strict=True):
        name = result["name"]
        if "traceback" in result:
            packets["traceback"] += 1
            print(f"TRACEBACK {name}\n{result['traceback']}")
        elif "refused" in result:
            packets["refused"] += 1
            print(f"refused   {result['refused']}")
        else:
            if not result["adds_up"]:
                print(f"COUNTERS  {name}: do not add up")
            if str(result["frames"]) == row["packets"]:
                packets["equal"] += 1
            else:
                packets["differ"] += 1
                print(
                    f"packets   {name}: {result['frames']}, manifest {row['packets'] or '-'}, "
                    f"tshark {row['frames_tshark'] or '-'} {row.get('container_error', '')}"
                )
            for transport, (reason, figures) in result["conversations"].items():
                reasons[f"{transport} {reason}"] += 1
                if reason == "other" or (details and reason != "equal"):
                    print(
                        f"{reason:9} {name}: {transport} {figures}; {row.get('protocols', '')[:60]}"
                    )
    done = [result for result in results if "frames" in result]
    slow = sorted(done, key=lambda result: -result["seconds"])[:3]
    print(f"\n{len(results)} captures in {seconds:.1f} s, {sum(r['frames'] for r in done)} frames,")
    print(
        f"{sum(r['flows'] for r in done)} flows, {sum(r['unknown'] for r in done)} of them unknown"
    )
    print("packets:", ", ".join(f"{word} {count}" for word, count in sorted(packets.items())))
    print("conversations:", ", ".join(f"{w} {count}" for w, count in sorted(reasons.items())))
    print("slowest:", ", ".join(f"{r['name']} {r['seconds']:.1f} s" for r in slow))


if __name__ == "__main__":
    main()
