# The roles of a cluster that replicate or are in rds_iam:
#   terraform query
#   terraform query -generate-config-out=users.tf
list "rdsiam_replication_user" "cdc" {
  provider = rdsiam

  config {
    cluster_identifier = "orders"
    name_regex         = "^cdc"
  }
}
