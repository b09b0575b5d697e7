# Change data capture from the cluster "orders": all that a consumer needs of the publisher, by one apply.

terraform {
  required_providers {
    rdsiam = {
      source = "rdsiam/rdsiam"
    }
  }
}

variable "account_id" {
  type        = string
  description = "Account of the cluster, such as that of data \"aws_caller_identity\"."
}

variable "cluster_resource_id" {
  type        = string
  description = "DbClusterResourceId, which is cluster_resource_id of aws_rds_cluster."
}

provider "rdsiam" {
  region = "eu-central-1"

  postgres {
    cluster_identifier = "orders"
    database           = "shop"
  }
}

# Replication connections of members of rds_iam must show a token.
resource "rdsiam_replication_parameter" "orders" {
  cluster_identifier = "orders"
}

# Who consumes: a login in rds_iam that may replicate.
resource "rdsiam_replication_user" "cdc" {
  name        = "cdc"
  create_role = true
}

# What is published. Redpanda Connect wants the name "pglog_stream_" and that of its slot.
resource "rdsiam_publication" "cdc" {
  name = "cdc_pub"

  tables = {
    "public.orders" = {}
    "public.items"  = {}
  }
}

# What the consumer may read, for its first copy: what is published, and nothing else.
resource "rdsiam_publication_grant" "cdc" {
  role         = rdsiam_replication_user.cdc.name
  publications = [rdsiam_publication.cdc.name]
}

# From where on it streams. For programs of your own, Airbyte, Fivetran, Sequin, and a CDC-only task of AWS DMS; Debezium
# takes one that is there. Leave it out for Redpanda Connect, PeerDB, ClickPipes, Estuary, Materialize, Openflow and
# subscriptions: they make their own, and some of them copy nothing, or refuse, where they find one.
resource "rdsiam_replication_slot" "cdc" {
  name         = "cdc"
  publications = [rdsiam_publication.cdc.name]
}

# Who may log in as the consumer: the policy of the role, or of the pod or instance, that signs its tokens.
output "consumer_policy" {
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "rds-db:connect"
      Resource = provider::rdsiam::db_user_arn(
        "eu-central-1", var.account_id, var.cluster_resource_id, rdsiam_replication_user.cdc.name
      )
    }]
  })
}

# Each plan and apply says when the consumer is away or a gigabyte behind, or its slot is lost.
check "consumer" {
  data "rdsiam_replication_slots" "cdc" {
    name_regex = "^cdc$"
    depends_on = [rdsiam_replication_slot.cdc]
  }

  assert {
    condition = anytrue([
      for slot in data.rdsiam_replication_slots.cdc.slots :
      slot.status == "usable" && slot.active && coalesce(slot.lag_bytes, 0) < 1024 * 1024 * 1024
    ])
    error_message = join("\n", concat(["The consumer of the slot cdc does not keep up."], [
      for slot in data.rdsiam_replication_slots.cdc.slots :
      "${slot.status}, ${slot.active ? "in use" : "nobody reads it"}, ${coalesce(slot.lag_bytes, 0)} bytes behind"
    ]))
  }
}
