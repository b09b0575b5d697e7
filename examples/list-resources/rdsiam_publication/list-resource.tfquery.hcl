# The publications of a database:
#   terraform query
#   terraform query -generate-config-out=publications.tf
list "rdsiam_publication" "cdc" {
  provider = rdsiam

  config {
    cluster_identifier = "orders"
    database           = "shop"
    name_regex         = "_pub$"
  }
}
