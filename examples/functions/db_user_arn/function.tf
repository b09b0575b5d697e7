# Who may log in as the replication user: put this into the policy of the consumer.
output "cdc_policy" {
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "rds-db:connect"
      Resource = provider::rdsiam::db_user_arn(
        "eu-central-1", "123456789012", "cluster-ABCDEFGHIJKL01234", "cdc"
      )
    }]
  })
}
