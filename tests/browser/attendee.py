"""What an attendee does in the browser, from notebook 00 to 07, wrong answers included."""

import re
from types import SimpleNamespace

from playwright.sync_api import expect

IMPORTS, CONNECT = "from workshop import", "cloud = connect()"
SHORT_RECORD = """\
def print_short_record(record):
    fields = ("eventTime", "awsRegion", "sourceIPAddress", "eventSource", "eventName")
    print(*(record.get(field, "-") for field in fields), sep="  ")
    return False
"""
ONE_SERVICE_ONLY = """\
def deleting_logs(record):
    if record.get("eventSource") == "logs.amazonaws.com" and record.get("eventName", "").startswith("Delete"):
        print_short_record(record)
        return True
    return False
"""
DELETING_LOGS = """\
def deleting_logs(record):
    services = ("logs.amazonaws.com", "cloudtrail.amazonaws.com")
    if record.get("eventSource") in services and record.get("eventName", "").startswith("Delete"):
        print_short_record(record)
        return True
    return False
"""
NO_ARN_NO_ANSWER = """\
def instance_creds_used_outside_ec2(record):
    identity = record["userIdentity"]
    session = identity["type"] == "AssumedRole" and identity["accessKeyId"].startswith("AS")
    if session and instance_identifier_arn_pattern.match(identity["arn"]):
        print_short_record(record)
        return True
    return False
"""
INSTANCE_CREDENTIALS = """\
def instance_creds_used_outside_ec2(record):
    identity = record.get("userIdentity") or {}
    session = identity.get("type") == "AssumedRole" and (identity.get("accessKeyId") or "").startswith("AS")
    if session and instance_identifier_arn_pattern.match(identity.get("arn") or ""):
        print_short_record(record)
        return True
    return False
"""
WITH_DIMENSION = """\
def publish_anomalies(cloudwatch, detector, count):
    if count:
        datum = {"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}
        datum["Dimensions"] = [{"Name": "detector", "Value": detector}]
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])
"""
PUBLISH_ANOMALIES = """\
def publish_anomalies(cloudwatch, detector, count):
    if count:
        datum = {"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])
"""
PUBLISH_BOTH = """\
def publish_anomalies(cloudwatch, detector, count):
    if count:
        data = [{"MetricName": name, "Value": count, "Unit": "Count"} for name in (METRIC_NAME, detector)]
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=data)
"""
CHAPTERS = (
    "00_start_here",
    "01_examine_logs",
    "02_deleting_logs",
    "03_instance_credentials",
    "04_deploy_and_alarm",
    "05a_the_thief_and_the_agents",
    "05b_more_than_delete",
    "05c_an_alarm_for_each",
    "06_hunt_at_scale",
    "07_clean_up",
)


class Journey:
    """The notebooks in their order, each played once and not before it is asked for.

    `chapter(name)` plays up to that notebook and returns what was seen there. If one fails, those after it fail too.
    """

    def __init__(self, page):
        self.page = page
        self.played = {}

    def chapter(self, name):
        """Return what was seen in a notebook, after all those before it. Raises: what went wrong there."""
        for number, chapter in enumerate(CHAPTERS[: CHAPTERS.index(name) + 1]):
            if chapter not in self.played:
                self.played[chapter] = self._play(number, chapter)
            if isinstance(self.played[chapter], Exception):
                raise AssertionError(f"the journey ended in {chapter}") from self.played[chapter]
        return self.played[name]

    def in_the_dark(self):
        """Return, after all chapters, what is hard to read in JupyterLab's dark theme: {notebook: texts}."""
        self.chapter(CHAPTERS[-1])
        self.page.choose_theme("JupyterLab Dark")
        hard = {}
        for name in CHAPTERS:
            self.page.bring_to_front(f"{name}.ipynb")
            if name == "04_deploy_and_alarm":
                self._answer("publish_anomalies", WITH_DIMENSION)
                self.page.screenshot_whole(f"dark_{name}")
            else:
                self.page.screenshot(f"dark_{name}")
            hard[name] = self.page.hard_to_read()
        self.page.choose_theme("JupyterLab Light")
        return hard

    def _play(self, number, name):
        path = f"notebooks/{name}.ipynb"
        try:
            if number == 0:
                self.page.open_lab(path)
            else:
                self.page.follow_link(name.split("_")[0], path)
            seen = getattr(self, f"_{name}")()
            self.page.save()
            self.page.screenshot_whole(name)
            seen.hard_to_read, seen.cut_off = self.page.hard_to_read(), self.page.cut_off()
            return seen
        except Exception as error:
            self.page.screenshot(f"failed_in_{name}")
            return error

    def _00_start_here(self):
        self.page.run_all()
        return SimpleNamespace(
            progress=self.page.output(self.page.cell("progress()")),
            connected=self.page.output(self.page.cell(CONNECT)),
            alarm=self.page.output(self.page.cell("describe_alarms")),
        )

    def _01_examine_logs(self):
        page = self.page
        page.run(page.cell(IMPORTS))
        prediction = page.cell('predict("who calls")')
        page.run(prediction)
        prediction.get_by_role("radio", name="B Sessions of roles").check()
        prediction.get_by_role("button", name="Predict").click()
        expect(prediction.get_by_role("status")).to_contain_text("You predict B")
        predicted = page.output(prediction)
        page.run_all()
        pictures = [page.output(cell) for cell in page.panel.locator(".jp-CodeCell:has(.jp-RenderedImage)").all()]
        explorer = page.cell("explore(events)")
        summary, rows = explorer.locator(".ctx-summary"), explorer.locator(".ctx-row")
        expect(rows).not_to_have_count(0)
        everything = summary.inner_text()
        explorer.get_by_label("Event name").press_sequentially("DeleteTrail | StopLogging")
        expect(summary).not_to_have_text(re.compile(re.escape(everything)))
        expect(rows.first).to_contain_text(re.compile("DeleteTrail|StopLogging"))
        filtered, names = summary.inner_text(), explorer.locator("td.ctx-eventName").all_inner_texts()
        rows.first.click()
        record = explorer.get_by_role("tree")
        expect(record).to_contain_text("eventID")
        page.screenshot("01_explorer", of=explorer)
        record.get_by_role("treeitem").filter(has_text="accessKeyId").last.click()
        explorer.get_by_text("Glossary", exact=True).click()
        return SimpleNamespace(
            predicted=predicted,
            came_out=page.output(page.cell('outcome("who calls"')),
            again=page.output(prediction),
            own=page.output(page.cell("history = lookup_history(cloud)")),
            questions=page.output(page.cell("question()")),
            glossary=explorer.locator(".ctx-glossary dl").inner_text(),
            pictures=pictures,
            everything=everything,
            filtered=filtered,
            names=names,
            record=record.inner_text(),
            path=explorer.locator(".ctx-bar-of-record code").inner_text(),
        )

    def _02_deleting_logs(self):
        page = self.page
        page.run_all()
        check = page.cell("check(deleting_logs)")
        untouched = page.output(check)
        answer = page.cell("def deleting_logs")
        warm_up = self._answer("print_short_record", SHORT_RECORD)
        wrong = self._answer("deleting_logs", ONE_SERVICE_ONLY)
        highlighted = check.locator("mark").all_inner_texts()
        page.screenshot("02_wrong", of=check)
        hint = page.cell("# hint(deleting_logs)")
        page.type_into(hint, "hint(deleting_logs)")
        hinted = page.run(page.cell("hint(deleting_logs)"))
        right = self._answer("deleting_logs", DELETING_LOGS)
        page.screenshot("02_right", of=check)
        expect(answer).to_contain_text("services")
        page.run_all()
        return SimpleNamespace(
            untouched=untouched,
            warm_up=warm_up,
            wrong=wrong,
            highlighted=highlighted,
            hinted=hinted,
            right=right,
            found=page.output(page.cell("analyzer.analyze(everything)")),
        )

    def _answer(self, name, source):
        """Type an answer, run it and its check; return what the check says."""
        cell = self.page.cell(f"def {name}")
        self.page.type_into(cell, source)
        self.page.run(cell)
        return self.page.run(self.page.cell(f"check({name})"))

    def _03_instance_credentials(self):
        page = self.page
        page.run(page.panel.locator(".jp-CodeCell").first)
        wrong = self._answer("instance_creds_used_outside_ec2", NO_ARN_NO_ANSWER)
        page.screenshot("03_wrong", of=page.cell("check(instance_creds_used_outside_ec2)"))
        right = self._answer("instance_creds_used_outside_ec2", INSTANCE_CREDENTIALS)
        page.run_all()
        return SimpleNamespace(wrong=wrong, right=right, matches=page.output(page.cell("matches = hunt(")))

    def _04_deploy_and_alarm(self):
        page = self.page
        for source in (IMPORTS, CONNECT):
            page.run(page.cell(source))
        page.run(page.cell("answers = saved_answers()"))
        before = page.run(page.cell("plot_alarm(cloud)", which=0))
        page.run(page.cell("METRIC_NAME, METRIC_NAMESPACE", which=1))
        wrong = self._answer("publish_anomalies", WITH_DIMENSION)
        page.screenshot("04_wrong", of=page.cell("check(publish_anomalies)"))
        right = self._answer("publish_anomalies", PUBLISH_ANOMALIES)
        page.run_all()
        output = self._output_of
        seen = SimpleNamespace(
            before=before,
            wrong=wrong,
            right=right,
            red=output("plot_alarm(cloud)", which=0),
            deployed=output("deploy(cloud, *answers)"),
            watched=output("watch_alarm(cloud, attack)"),
            log=output("lambda_log(cloud, attack)"),
            at_last=output("plot_alarm(cloud)", which=1),
            notified=output("notifications(cloud)", which=2),
        )
        page.screenshot("04_alarm", of=page.cell("plot_alarm(cloud)", which=1))
        return seen

    def _05a_the_thief_and_the_agents(self):
        self.page.run_all()
        self.page.screenshot("05a_table", of=self.page.cell("seen = {move.__name__"))
        return SimpleNamespace(predicted=self._output_of('outcome("of a hundred"'))

    def _05b_more_than_delete(self):
        self.page.run_all()
        self.page.screenshot("05b_ways", of=self.page.cell("plot_coverage(table)"))
        return SimpleNamespace(chain=self._output_of("chains = digest_chains"))

    def _05c_an_alarm_for_each(self):
        page = self.page
        page.run(page.cell("import subprocess"))
        right = self._answer("publish_anomalies", PUBLISH_BOTH)
        page.run_all()
        output = self._output_of
        seen = SimpleNamespace(
            right=right,
            updated=output("PerDetectorAlarms="),
            red=output('plot_alarm(cloud, alarm="InstanceCredsAlarm")'),
            calm=output('plot_alarm(cloud, alarm="DeletingLogsAlarm")'),
            here_and_there=output("here = hunt(again.file"),
        )
        page.screenshot("05_red", of=page.cell('plot_alarm(cloud, alarm="InstanceCredsAlarm")'))
        page.screenshot("05_calm", of=page.cell('plot_alarm(cloud, alarm="DeletingLogsAlarm")'))
        return seen

    def _06_hunt_at_scale(self):
        page = self.page
        page.run_all()
        seen = SimpleNamespace(
            year=self._output_of("year = generate_year"),
            known=self._output_of("pd.Series(year.matches"),
            cluster=self._output_of("scheduler=client"),
            sql=self._output_of("athena.run_here"),
        )
        page.screenshot("06_weeks", of=page.cell("weekly = matches.groupby"))
        page.screenshot("06_rates", of=page.cell("rates = pd.Series"))
        return seen

    def _07_clean_up(self):
        self.page.run_all()
        return SimpleNamespace(
            predicted=self._output_of("for answer in saved_answers()"),
            torn_down=self._output_of("teardown(cloud)"),
        )

    def _output_of(self, source, **options):
        return self.page.output(self.page.cell(source, **options))
