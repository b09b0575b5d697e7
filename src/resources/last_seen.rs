//! Where an object was last seen, kept beside the state: what is not found is gone only there.

use std::fmt;

use serde::{Deserialize, Serialize};
use tfplugin::{Diagnostic, Private};

use crate::{
    aws::{self, Clients},
    diagnostics,
    operation::Operation,
    region,
    scope::Scope,
};

/// Where the private data keeps it.
const KEY: &str = "last_seen";
/// Where the private data says that the object was imported and not read yet.
const IMPORTED: &str = "imported";
/// What to do when the provider looks in another place.
const POINT_BACK: &str = "Point the provider back there (AWS_REGION, the `region` of the provider or of the resource, the \
     credentials, profile or role), or, if the object is no longer to be managed, remove the resource from the state with \
     `terraform state rm` or a `removed` block with `destroy = false`.";

/// Where an object of AWS was last seen. The private data keeps it as the beginning of an ARN: Terraform writes the
/// whole state again and again, so what each object adds to it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "Recorded")]
pub(super) struct LastSeen {
    /// Such as `aws` or `aws-cn`.
    pub(super) partition: String,
    /// The AWS account.
    pub(super) account_id: String,
    /// The AWS Region.
    pub(super) region: String,
    /// What it was.
    pub(super) kind: Kind,
}

/// The forms in which the private data has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Recorded {
    Arn(String),
    /// Of earlier versions of the provider.
    Fields {
        partition: String,
        account_id: String,
        region: String,
        kind: Kind,
    },
}

/// What an object is. RDS has a space of names for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A DB cluster.
    Cluster,
    /// A DB instance.
    Instance,
    /// A DB cluster parameter group.
    ClusterParameterGroup,
    /// A DB parameter group.
    ParameterGroup,
}

impl Kind {
    /// From the resource type in an ARN.
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html>
    fn from_resource_type(resource_type: &str) -> Option<Self> {
        match resource_type {
            "cluster" => Some(Self::Cluster),
            "db" => Some(Self::Instance),
            "cluster-pg" => Some(Self::ClusterParameterGroup),
            "pg" => Some(Self::ParameterGroup),
            _ => None,
        }
    }

    fn resource_type(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Instance => "db",
            Self::ClusterParameterGroup => "cluster-pg",
            Self::ParameterGroup => "pg",
        }
    }

    /// Whether both are of clusters, or both of instances. A publisher may come to be named by its group.
    fn is_like(self, other: Self) -> bool {
        let is_of_cluster = |kind| matches!(kind, Self::Cluster | Self::ClusterParameterGroup);
        is_of_cluster(self) == is_of_cluster(other)
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Cluster => "DB cluster",
            Self::Instance => "DB instance",
            Self::ClusterParameterGroup => "DB cluster parameter group",
            Self::ParameterGroup => "DB parameter group",
        }
    }
}

impl fmt::Display for LastSeen {
    /// Such as `the Region eu-central-1 of the account 123456789012`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the Region {} of the account {}",
            self.region, self.account_id
        )?;
        if self.partition != "aws" {
            write!(f, " (partition {})", self.partition)?;
        }
        Ok(())
    }
}

impl From<LastSeen> for String {
    /// The ARN without the name of the object.
    fn from(seen: LastSeen) -> Self {
        let LastSeen {
            partition,
            account_id,
            region,
            kind,
        } = seen;
        let resource_type = kind.resource_type();
        format!("arn:{partition}:rds:{region}:{account_id}:{resource_type}")
    }
}

impl TryFrom<Recorded> for LastSeen {
    type Error = &'static str;

    fn try_from(recorded: Recorded) -> Result<Self, Self::Error> {
        match recorded {
            Recorded::Arn(arn) => Self::from_arn(&arn).ok_or("not an ARN of RDS"),
            Recorded::Fields {
                partition,
                account_id,
                region,
                kind,
            } => Ok(Self {
                partition,
                account_id,
                region,
                kind,
            }),
        }
    }
}

impl LastSeen {
    /// From the ARN of a cluster, an instance or a parameter group; `None` for anything else.
    pub(super) fn from_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let ("arn", partition, "rds") = (next()?, next()?, next()?) else {
            return None;
        };
        Some(Self {
            partition: partition.to_owned(),
            region: next()?.to_owned(),
            account_id: next()?.to_owned(),
            kind: Kind::from_resource_type(next()?)?,
        })
    }

    /// Where the clients look now. May ask AWS whose credentials these are.
    ///
    /// # Errors
    /// When there is no Region, or AWS does not tell the account.
    pub(super) async fn here(
        clients: &Clients,
        scope: &Scope,
        kind: Kind,
    ) -> Result<Self, aws::Error> {
        let region = clients.region(scope).await?.to_owned();
        let account_id = match clients.known_account() {
            Some(account) => account.to_owned(),
            None => clients.identity(scope).await?.account.clone(),
        };
        Ok(Self {
            partition: region::partition(&region).to_owned(),
            account_id,
            region,
            kind,
        })
    }

    /// Where the private data says that the object was; `None` for one that an earlier version of the
    /// provider created or imported.
    pub(super) fn recorded(private: &Private) -> Option<Self> {
        private.get(KEY)
    }

    /// Records that the object is here.
    pub(super) fn record(&self, private: &mut Private) {
        // Texts always have a JSON form.
        let _ = private.set(KEY, self);
        private.remove(IMPORTED);
    }

    /// Compares where an object was found with where it was last seen. `what` names the object, as in `DB
    /// cluster "orders"`.
    ///
    /// # Errors
    /// That it is another one of the same name, with both places.
    pub(super) fn refuse_another(
        &self,
        private: &Private,
        operation: &Operation,
        what: &str,
    ) -> Result<(), Diagnostic> {
        let Some(before) = Self::recorded(private) else {
            return Ok(());
        };
        if before.is_same_place(self) && before.kind.is_like(self.kind) {
            return Ok(());
        }
        let kinds = match before.kind.is_like(self.kind) {
            true => String::new(),
            false => format!(
                " It was a {} then, and what is found is a {}.",
                before.kind.noun(),
                self.kind.noun()
            ),
        };
        Err(operation.error(format!(
            "The {what} was last seen in {before}. The one that is found now is in {self}: another one of the \
             same name.{kinds} Nothing was changed. {POINT_BACK}"
        )))
    }

    /// No two partitions have a Region of the same name.
    fn is_same_place(&self, other: &Self) -> bool {
        self.account_id == other.account_id && self.region == other.region
    }
}

/// Remembers that an object was imported: where it is not found, there is none, and the CLI says so.
pub(super) fn mark_imported(private: &mut Private) {
    // A boolean always has a JSON form.
    let _ = private.set(IMPORTED, &true);
}

/// Whether an object was imported and not read yet.
pub(super) fn is_imported(private: &Private) -> bool {
    private.get(IMPORTED).unwrap_or(false)
}

/// Remembers that an object was read, wherever it is: what no ARN names has no place to record.
pub(super) fn mark_read(private: &mut Private) {
    private.remove(IMPORTED);
}

/// Decides whether an object that was not found is gone: only where it was last seen. Asks AWS for the
/// account in this case alone. `what` names the object, as in `DB cluster "orders"`.
///
/// # Errors
/// That it is not known to be gone, with both places and what to do.
pub(super) async fn confirm_gone(
    clients: &Clients,
    private: &Private,
    operation: &Operation,
    what: &str,
) -> Result<(), Diagnostic> {
    let scope = operation.scope();
    let is_imported = is_imported(private);
    let Some(before) = LastSeen::recorded(private) else {
        return match is_imported {
            true => Ok(()),
            false => Err(not_recorded(operation, what, &clients.location())),
        };
    };
    match LastSeen::here(clients, scope, before.kind).await {
        Ok(here) if here.is_same_place(&before) => Ok(()),
        Ok(here) => Err(operation.error(format!(
            "There is no {what} in {here}, where the provider looks. It was last seen in {before}, so this does not \
             say that it is gone. Nothing was changed. {POINT_BACK}"
        ))),
        Err(error) => {
            let Diagnostic { detail, .. } = diagnostics::aws(operation, &error);
            Err(operation.error(format!(
                "There is no {what} in {}, where the provider looks. It was last seen in {before}, and whether that \
                 is the same account is not known. Nothing was changed. {detail}",
                clients.location()
            )))
        }
    }
}

/// That the state is of an earlier version of the provider, and what to do.
fn not_recorded(operation: &Operation, what: &str, place: &str) -> Diagnostic {
    operation.error(format!(
        "There is no {what} in {place}, where the provider looks. The state does not say in which account and Region \
         it was last seen, since no version of the provider that keeps that has read it yet, so it may be in another \
         one. Nothing was changed. If it is, point the provider there; the next refresh records it. If it is gone, \
         remove the resource from the state with `terraform state rm` or a `removed` block with `destroy = false`."
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tfplugin::Context;
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn seen(arn: &str) -> LastSeen {
        LastSeen::from_arn(arn).expect("an ARN of RDS")
    }

    #[test]
    fn last_seen_is_read_from_the_arns_of_rds() {
        for (arn, kind) in [
            (
                "arn:aws-cn:rds:cn-north-1:123456789012:cluster:orders",
                Kind::Cluster,
            ),
            (
                "arn:aws-cn:rds:cn-north-1:123456789012:db:orders",
                Kind::Instance,
            ),
            (
                "arn:aws-cn:rds:cn-north-1:123456789012:cluster-pg:orders",
                Kind::ClusterParameterGroup,
            ),
            (
                "arn:aws-cn:rds:cn-north-1:123456789012:pg:orders",
                Kind::ParameterGroup,
            ),
        ] {
            let expected = LastSeen {
                partition: "aws-cn".to_owned(),
                account_id: "123456789012".to_owned(),
                region: "cn-north-1".to_owned(),
                kind,
            };
            assert_eq!(LastSeen::from_arn(arn), Some(expected), "{arn}");
        }
        for arn in [
            "",
            "orders",
            "arn:aws:s3:::bucket",
            "arn:aws:rds:eu-central-1::cluster:orders",
            "arn:aws:rds:eu-central-1:123456789012:proxy:orders",
        ] {
            assert_eq!(LastSeen::from_arn(arn), None, "{arn}");
        }
    }

    #[test]
    fn last_seen_is_kept_in_private_data() {
        let mut private = Private::default();
        mark_imported(&mut private);
        assert_eq!(LastSeen::recorded(&private), None);
        let here = seen("arn:aws:rds:eu-central-1:123456789012:cluster:orders");
        here.record(&mut private);
        let private = Private::from_bytes(&private.to_bytes()).expect("what was written");
        assert_eq!(LastSeen::recorded(&private), Some(here));
        assert_eq!(private.get::<bool>(IMPORTED), None);
    }

    #[test]
    fn last_seen_of_earlier_versions_is_read() {
        let earlier = br#"{"last_seen":{"partition":"aws","account_id":"123456789012","region":"eu-central-1","kind":"parameter-group"}}"#;
        let private = Private::from_bytes(earlier).expect("what was written");
        let expected = seen("arn:aws:rds:eu-central-1:123456789012:pg:orders");
        assert_eq!(LastSeen::recorded(&private), Some(expected.clone()));
        let mut private = Private::default();
        expected.record(&mut private);
        let now = br#"{"last_seen":"arn:aws:rds:eu-central-1:123456789012:pg"}"#;
        assert_eq!(private.to_bytes(), now);
    }

    #[test]
    fn last_seen_in_another_place_or_of_another_kind_is_another_object() {
        let mut private = Private::default();
        let here = seen("arn:aws:rds:eu-central-1:123456789012:cluster:orders");
        let refused = |private: &Private, arn: &str| {
            let what = "DB cluster \"orders\"";
            let context = Context::new("1", CancellationToken::new());
            let operation = Operation::new(&context, "Read", Duration::from_secs(1));
            let refused = seen(arn).refuse_another(private, &operation, what);
            refused.err().map(|diagnostic| diagnostic.detail)
        };
        let elsewhere = "arn:aws:rds:us-east-1:210987654321:cluster:orders";
        assert_eq!(refused(&private, elsewhere), None);
        here.record(&mut private);
        for same in [
            "arn:aws:rds:eu-central-1:123456789012:cluster:orders",
            "arn:aws:rds:eu-central-1:123456789012:cluster-pg:orders",
        ] {
            assert_eq!(refused(&private, same), None);
        }
        let text = refused(&private, elsewhere).expect("an error");
        for place in [
            "the Region eu-central-1 of the account 123456789012",
            "the Region us-east-1 of the account 210987654321",
        ] {
            assert!(text.contains(place), "{text}");
        }
        let kind = refused(&private, "arn:aws:rds:eu-central-1:123456789012:db:orders");
        let kind = kind.expect("an error");
        assert!(kind.contains("It was a DB cluster then"), "{kind}");
    }
}
