//! A workload: as many resources of one kind, in one `for_each`.

use std::path::Path;

use rds_emulator::{Cluster, ConnectionFile};
use xtask::failure::Failure;

use crate::configuration;

/// Resources to apply many of.
pub struct Workload<'a> {
    /// The providers that it needs beside Terraform itself.
    pub providers: Vec<(&'static str, &'a Path)>,
    /// What comes before the resource.
    head: String,
    resource: &'static str,
    arguments: &'static str,
}

/// The name of a user, and of everything else that there are as many of.
pub fn name(number: u32) -> String {
    format!("app_{number}")
}

impl<'a> Workload<'a> {
    /// Empty resources that Terraform brings along.
    pub fn built_in() -> Self {
        Self {
            providers: Vec::new(),
            head: String::new(),
            resource: "terraform_data",
            arguments: "",
        }
    }

    /// Resources of a provider whose work is a small file each.
    pub fn toast(toaster: &'a Path) -> Self {
        Self {
            providers: vec![("example/toaster", toaster)],
            head: TOASTER.to_owned(),
            resource: "toaster_toast",
            arguments: "  name = each.key\n",
        }
    }

    /// Replication users of a cluster, whose roles are there already.
    ///
    /// # Errors
    /// As [`configuration::head`].
    pub fn users(
        connection: &ConnectionFile,
        cluster: &Cluster,
        provider: &'a Path,
        probes: bool,
    ) -> Result<Self, Failure> {
        let arguments = if probes {
            "  name = each.key\n"
        } else {
            "  name = each.key\n  probe_authentication = false\n"
        };
        Self::of_cluster(connection, cluster, provider, arguments)
    }

    /// Replication users of a cluster, whose roles are created with them.
    ///
    /// # Errors
    /// As [`configuration::head`].
    pub fn created_users(
        connection: &ConnectionFile,
        cluster: &Cluster,
        provider: &'a Path,
    ) -> Result<Self, Failure> {
        let arguments = "  name        = \"new_${each.key}\"\n  create_role = true\n";
        Self::of_cluster(connection, cluster, provider, arguments)
    }

    fn of_cluster(
        connection: &ConnectionFile,
        cluster: &Cluster,
        provider: &'a Path,
        arguments: &'static str,
    ) -> Result<Self, Failure> {
        Ok(Self {
            providers: vec![("rdsiam/rdsiam", provider)],
            head: configuration::head(connection, cluster)?,
            resource: "rdsiam_replication_user",
            arguments,
        })
    }

    /// The configuration of so many. The names are evaluated once: in the resource, Terraform would
    /// evaluate them again for each instance.
    pub fn configuration(&self, count: u32) -> String {
        format!(
            "{}locals {{\n  names = toset([for number in range({count}) : \"app_${{number}}\"])\n}}\n\n\
             resource \"{}\" \"this\" {{\n  for_each = local.names\n{}}}\n",
            self.head, self.resource, self.arguments
        )
    }
}

const TOASTER: &str = "terraform {
  required_providers {
    toaster = {
      source = \"example/toaster\"
    }
  }
}

";
