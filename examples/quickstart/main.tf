# The smallest useful configuration: the cluster "orders" demands IAM tokens of its replication user
# "cdc". The role "cdc" exists, and the cluster's parameter group is not a default one.

terraform {
  required_providers {
    rdsiam = {
      source = "rdsiam/rdsiam"
    }
  }
}

provider "rdsiam" {
  region = "eu-central-1"

  postgres {
    cluster_identifier = "orders"
  }
}

resource "rdsiam_replication_parameter" "this" {
  cluster_identifier = "orders"
}

resource "rdsiam_replication_user" "cdc" {
  name = "cdc"
}
