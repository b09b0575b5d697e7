//! What a stand-in is made of.

use crate::{error::Error, majors::MAJORS, model::Kind};

/// What a stand-in is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// Major version of PostgreSQL, 11 to 18; defaults to 17.
    pub postgres: u16,
    /// The Aurora DB clusters' identifiers; defaults to `orders` alone.
    pub clusters: Vec<String>,
    /// The Multi-AZ DB clusters' identifiers; defaults to none.
    pub multi_az_clusters: Vec<String>,
    /// The identifiers of DB instances that stand alone; defaults to none.
    pub instances: Vec<String>,
    /// Identifiers of Aurora DB clusters that the API knows and nobody can connect to; defaults to
    /// none.
    pub clusters_without_server: Vec<String>,
    /// The region; defaults to `eu-central-1`.
    pub region: String,
    /// The id of the account, twelve digits; defaults to `123456789012`.
    pub account_id: String,
    /// Whether each publisher's port is the one that its gate listens at, so that one host to connect
    /// to leads to all of them. Defaults to `false`: the port is 5432, as RDS has it.
    pub own_ports: bool,
}

impl Options {
    /// Whatever has a server, with its kind.
    pub(crate) fn publishers(&self) -> impl Iterator<Item = (&str, Kind)> {
        fn of(identifiers: &[String], kind: Kind) -> impl Iterator<Item = (&str, Kind)> {
            identifiers.iter().map(move |name| (name.as_str(), kind))
        }
        of(&self.clusters, Kind::Aurora)
            .chain(of(&self.multi_az_clusters, Kind::MultiAzCluster))
            .chain(of(&self.instances, Kind::Instance))
    }

    /// Refuses what cannot be started.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !MAJORS.contains(&self.postgres) {
            return Err(Error::Options(format!(
                "PostgreSQL {} is not among those that can be run: 11 to 18",
                self.postgres
            )));
        }
        let without_server = self.clusters_without_server.iter();
        let all: Vec<(&str, Kind)> = self
            .publishers()
            .chain(without_server.map(|name| (name.as_str(), Kind::Aurora)))
            .collect();
        for (index, &(identifier, kind)) in all.iter().enumerate() {
            // <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
            let valid = identifier.len() <= 63
                && identifier.starts_with(|first: char| first.is_ascii_lowercase())
                && identifier
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                && !identifier.ends_with('-')
                && !identifier.contains("--");
            let what = if kind.is_cluster() {
                "cluster"
            } else {
                "instance"
            };
            if !valid {
                return Err(Error::Options(format!(
                    "{identifier:?} is no {what} identifier: up to 63 lower-case letters, digits and single \
                     hyphens, a letter first, no hyphen last"
                )));
            }
            if all[..index].iter().any(|(other, _)| *other == identifier) {
                return Err(Error::Options(format!(
                    "there are two clusters or instances {identifier:?}"
                )));
            }
            let is_member = |&(cluster, kind): &(&str, Kind)| {
                let members = kind.member_identifiers(cluster);
                kind.is_cluster() && members.iter().any(|member| member == identifier)
            };
            if kind == Kind::Instance && all.iter().any(is_member) {
                return Err(Error::Options(format!(
                    "the instance {identifier:?} has the identifier of a member of a cluster"
                )));
            }
        }
        Ok(())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            postgres: 17,
            clusters: vec!["orders".to_owned()],
            multi_az_clusters: Vec::new(),
            instances: Vec::new(),
            clusters_without_server: Vec::new(),
            region: "eu-central-1".to_owned(),
            account_id: "123456789012".to_owned(),
            own_ports: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_with_bad_or_double_clusters_are_refused() {
        let complaint = |clusters: &[&str], postgres| {
            let clusters = clusters.iter().map(|name| (*name).to_owned()).collect();
            Options {
                postgres,
                clusters,
                ..Options::default()
            }
            .check()
            .err()
            .map(|error| error.to_string())
        };
        assert_eq!(complaint(&["orders", "orders-2"], 18), None);
        for bad in ["", "-a", "a-", "a--b", "A", "1a", "a_b"] {
            assert!(
                complaint(&[bad], 17).is_some_and(|text| text.contains("no cluster identifier"))
            );
        }
        assert!(complaint(&["a", "a"], 17).is_some_and(|text| text.contains("two clusters")));
        assert!(complaint(&["a"], 10).is_some_and(|text| text.contains("11 to 18")));
        for (instance, reason) in [
            ("orders", "two clusters"),
            ("orders-2", "member"),
            ("A", "no instance identifier"),
        ] {
            let refused = Options {
                instances: vec![instance.to_owned()],
                ..Options::default()
            }
            .check();
            assert!(
                refused.is_err_and(|error| error.to_string().contains(reason)),
                "{instance}"
            );
        }
    }
}
