#!/bin/sh
# A hunt for every night, started by cron:
#
#   nightly-hunt.sh SOURCE FOLDER [OPTION]...
#
# SOURCE and the OPTIONs are those of `workshop hunt`. FOLDER keeps the reports and the state file. It prints something
# only when somebody should look, since cron mails what is printed. docs/nightly.md says more.
set -u
source=${1:?SOURCE is missing} folder=${2:?FOLDER is missing}
shift 2
kit=$(cd "$(dirname "$0")/.." && pwd) || exit 1
umask 077 # the reports say who did what
mkdir -p "$folder" || exit 1
report=$folder/$(date -u +%Y-%m-%dT%H%M%SZ)-$$

status=0
python3 "$kit/start.py" hunt "$source" --since-last "$folder/state.json" --fail-on-match --json "$@" \
    >"$report.json" 2>"$report.log" || status=$?

case $status in
0) ;;
3) echo "The new log files of $source have matches: $report.json" ;;
4) echo "Not everything in $source could be read, or a detector raised: $report.json" ;;
*)
    echo "The hunt over $source failed or was interrupted, with exit status $status."
    # The next hunt does not report these again.
    [ ! -s "$report.json" ] || echo "What it found before: $report.json"
    ;;
esac
[ "$status" = 0 ] || cat "$report.log"
[ -s "$report.json" ] || rm "$report.json"
[ -s "$report.log" ] || rm "$report.log"
exit "$status"
