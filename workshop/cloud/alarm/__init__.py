"""The alarm: from metric to notification.

alarm           its state now and before, and the metric it watches
plot            `plot_alarm`
notifications   `notifications`: what it sent
steps           from log file to notification: what happened when
watch           `watch_alarm`: follows it to red
"""
