WITH judged AS (
  SELECT DISTINCT
    eventTime, eventSource, eventName, awsRegion, sourceIPAddress, userIdentity.arn AS arn, eventID,
    (eventSource IN ('logs.amazonaws.com', 'cloudtrail.amazonaws.com') AND eventName LIKE 'Delete%')
      OR (eventSource = 'cloudtrail.amazonaws.com' AND eventName = 'StopLogging') AS deleting_logs,
    userIdentity.type = 'AssumedRole'
      AND userIdentity.accessKeyId LIKE 'AS%'
      AND regexp_like(userIdentity.arn, '/i-[a-zA-Z0-9]{{8,}}$') AS instance_creds_used_outside_ec2,
    userIdentity.accessKeyId AS accessKeyId, userAgent, errorCode, errorMessage, requestParameters, responseElements, requestID
  FROM cloudtrail_logs
  WHERE day BETWEEN '{start}' AND '{end}'
)
SELECT
  eventTime, eventSource, eventName, awsRegion, sourceIPAddress, arn, eventID,
  COALESCE(deleting_logs, false) AS deleting_logs,
  COALESCE(instance_creds_used_outside_ec2, false) AS instance_creds_used_outside_ec2
FROM judged
WHERE deleting_logs OR instance_creds_used_outside_ec2
ORDER BY eventTime, eventID
