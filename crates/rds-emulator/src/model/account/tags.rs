//! The tags of what has an ARN.

use super::Account;
use crate::model::{Error, Tag, parameter_group::GroupKind};

impl Account {
    /// The tags of a parameter group, a cluster or an instance. Only parameter groups have some: those that they
    /// were created with.
    ///
    /// # Errors
    /// When the text is no ARN, or there is nothing of that ARN in this account and Region.
    pub fn tags(&self, arn: &str) -> Result<&[Tag], Error> {
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        match parts[..] {
            ["arn", "aws", "rds", region, id, kind, name]
                if region == self.region && id == self.id =>
            {
                match kind {
                    "cluster" => self.cluster(name).map(|_| [].as_slice()),
                    "db" => self.instance(name).map(|_| [].as_slice()),
                    "cluster-pg" => Ok(&self.group(GroupKind::Cluster, name)?.tags),
                    "pg" => Ok(&self.group(GroupKind::Instance, name)?.tags),
                    _ => Err(Error::ForeignArn),
                }
            }
            ["arn", ..] => Err(Error::ForeignArn),
            _ => Err(Error::NoArn(arn.to_owned())),
        }
    }
}
