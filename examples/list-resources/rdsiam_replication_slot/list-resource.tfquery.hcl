# The logical slots of a server:
#   terraform query
#   terraform query -generate-config-out=slots.tf
list "rdsiam_replication_slot" "cdc" {
  provider = rdsiam

  config {
    cluster_identifier = "orders"
    name_regex         = "_cdc$"
  }
}
