# A role that exists: membership in rds_iam, and the right to replicate.
resource "rdsiam_replication_user" "cdc" {
  name = "cdc"
}

# A role that is created here, and dropped at destroy.
resource "rdsiam_replication_user" "warehouse" {
  name        = "warehouse_sync"
  create_role = true
}

# A role that has a login inside: that login must use IAM tokens, too, and is listed.
resource "rdsiam_replication_user" "streams" {
  name          = "streams"
  allow_iam_for = ["streams_app"]
}

# The same user in many clusters, with one provider block.
resource "rdsiam_replication_user" "everywhere" {
  for_each = toset(["orders", "billing", "stock"])

  cluster_identifier = each.key
  name               = "cdc"
}
