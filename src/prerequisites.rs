//! What AWS demands of a publisher before its replication users can be made to use IAM.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.Logical.IAM-auth.html>

use crate::{
    aws::rds::{
        parameter_group::{
            GroupKind, GroupName, IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION, Parameter,
            ReplicationParameters, switch_value,
        },
        publisher::{self, Identifier, Member, Publisher},
        wait,
    },
    rds_name,
};

/// The first major version of PostgreSQL that has the feature.
const FIRST_MAJOR: u32 = 11;
/// The name of the prerequisite that only a server knows for sure.
const LOGICAL: &str = "logical_replication";

/// Something that AWS demands, and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prerequisite {
    /// What it is, such as `iam_database_authentication`.
    pub name: &'static str,
    /// How it has to be.
    pub required: String,
    /// How it is.
    pub actual: String,
    /// Whether that will do.
    pub verdict: Verdict,
    /// What to do, or why there is doubt; empty when it is met.
    pub detail: String,
}

/// Whether a prerequisite holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Met,
    /// It may hold; AWS does not say.
    InDoubt,
    /// It does not hold.
    NotMet,
}

impl Prerequisite {
    fn met(name: &'static str, required: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            name,
            required: required.into(),
            actual: actual.into(),
            verdict: Verdict::Met,
            detail: String::new(),
        }
    }

    fn unless(mut self, holds: bool, detail: impl FnOnce() -> String) -> Self {
        if !holds {
            self.verdict = Verdict::NotMet;
            self.detail = detail();
        }
        self
    }

    fn in_doubt_if(mut self, doubtful: bool, detail: impl FnOnce() -> String) -> Self {
        if doubtful && self.verdict == Verdict::Met {
            self.verdict = Verdict::InDoubt;
            self.detail = detail();
        }
        self
    }
}

/// What concerns the publisher itself: engine, version, status, IAM database authentication.
pub fn of_publisher(publisher: &Publisher) -> Vec<Prerequisite> {
    vec![
        engine(publisher),
        engine_version(publisher),
        status(publisher),
        iam_database_authentication(publisher),
    ]
}

/// What concerns the parameter group, and what uses it. Without users there is no replication that
/// could be logical.
pub fn of_group(
    group: &GroupName,
    parameters: &ReplicationParameters,
    users: &[Publisher],
) -> Vec<Prerequisite> {
    let mut prerequisites = vec![parameter_group(group), parameter(group, parameters)];
    if !users.is_empty() {
        prerequisites.push(logical_replication(group, parameters, users));
    }
    prerequisites
}

/// That the publisher is there, which it is not.
pub fn absent(identifier: &Identifier, place: &str) -> Prerequisite {
    Prerequisite::met("existence", identifier.to_string(), "not there").unless(false, || {
        format!(
            "There is no {identifier} in {place}. Check `{}`, the Region and the account.",
            rds_name::argument(identifier)
        )
    })
}

/// That the publisher's parameter group is there, which it is not.
pub fn absent_group(group: &GroupName) -> Prerequisite {
    Prerequisite::met("parameter_group", group.to_string(), "not there").unless(false, || {
        "AWS names the group and does not find it. Associate another one.".to_owned()
    })
}

/// Takes in whether `rds.logical_replication` is on in the running server, which ends a doubt about
/// it.
pub fn take_in_server(prerequisites: &mut [Prerequisite], logical_replication: bool) {
    let in_the_group = prerequisites
        .iter_mut()
        .find(|one| one.name == LOGICAL && one.verdict != Verdict::NotMet);
    let Some(prerequisite) = in_the_group else {
        return;
    };
    if logical_replication {
        prerequisite.verdict = Verdict::Met;
        prerequisite.detail.clear();
    } else {
        prerequisite.verdict = Verdict::NotMet;
        prerequisite
            .actual
            .push_str(", and off in the running server");
        prerequisite.detail = format!(
            "{LOGICAL_REPLICATION} is static: reboot the writer or the instance, a Multi-AZ DB cluster as a whole."
        );
    }
}

fn engine(publisher: &Publisher) -> Prerequisite {
    let holds = matches!(publisher.engine.as_str(), "aurora-postgresql" | "postgres");
    Prerequisite::met("engine", "aurora-postgresql or postgres", &publisher.engine)
        .unless(holds, || {
            "Only PostgreSQL has this kind of replication. Check the identifier.".to_owned()
        })
}

fn engine_version(publisher: &Publisher) -> Prerequisite {
    let version = &publisher.engine_version;
    let major: Option<u32> = version
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    Prerequisite::met(
        "engine_version",
        format!("{FIRST_MAJOR} or higher"),
        version,
    )
    .unless(major.is_some_and(|major| major >= FIRST_MAJOR), || {
        "Upgrade the engine.".to_owned()
    })
}

fn status(publisher: &Publisher) -> Prerequisite {
    let holds = !wait::is_down(&publisher.status);
    Prerequisite::met("status", "in service", &publisher.status).unless(holds, || {
        format!(
            "A {} in this state applies no change and streams nothing. Start or repair it first.",
            publisher.name().noun()
        )
    })
}

/// That tokens are accepted. In doubt where that is about to end.
pub fn iam_database_authentication(publisher: &Publisher) -> Prerequisite {
    let enabled = publisher.iam_database_authentication_enabled;
    let pending = publisher.pending_iam_database_authentication_enabled;
    let word = |enabled| if enabled { "enabled" } else { "disabled" };
    let actual = match pending {
        Some(pending) if pending != enabled => {
            format!("{}, {} is pending", word(enabled), word(pending))
        }
        _ => word(enabled).to_owned(),
    };
    Prerequisite::met("iam_database_authentication", "enabled", actual)
        .unless(enabled, || match pending {
            Some(true) => "It waits for the next maintenance window, or is being switched on now. Modify it with \
                 ApplyImmediately (`apply_immediately = true` in hashicorp/aws) and wait until it is available."
                .to_owned(),
            _ => format!(
                "No token is accepted without it. Enable it on the {} (EnableIAMDatabaseAuthentication, \
                 `iam_database_authentication_enabled = true` in hashicorp/aws) with ApplyImmediately.",
                publisher.name().noun()
            ),
        })
        .in_doubt_if(pending == Some(false), || {
            "Once it is off, no user in rds_iam can log in.".to_owned()
        })
}

fn parameter_group(group: &GroupName) -> Prerequisite {
    Prerequisite::met("parameter_group", "not a default group", group.as_str()).unless(
        !group.is_default(),
        || {
            let reboot = match group.kind() {
                GroupKind::Cluster => "the cluster, reboot the writer (a Multi-AZ DB cluster as a whole)",
                GroupKind::Instance => "the instance, reboot it",
            };
            format!(
                "AWS lets nobody modify a default group. Create a {} of the same family, associate it with {reboot} \
                 once so that the group takes effect, and apply again.",
                group.noun()
            )
        },
    )
}

fn parameter(group: &GroupName, parameters: &ReplicationParameters) -> Prerequisite {
    let found = parameters.iam_auth_for_replication.as_ref();
    let actual = match found {
        Some(parameter) if parameter.is_modifiable => "in the family",
        Some(_) => "not modifiable",
        None => "not in the family",
    };
    Prerequisite::met("parameter", IAM_AUTH_FOR_REPLICATION, actual).unless(
        found.is_some_and(|parameter| parameter.is_modifiable),
        || {
            format!(
                "The family of the {group} must offer {IAM_AUTH_FOR_REPLICATION}: PostgreSQL {FIRST_MAJOR} or higher, \
                 in a minor version that has it. Aurora keeps it in the DB cluster parameter group."
            )
        },
    )
}

fn logical_replication(
    group: &GroupName,
    parameters: &ReplicationParameters,
    users: &[Publisher],
) -> Prerequisite {
    let is_on = parameters
        .logical_replication
        .as_ref()
        .is_some_and(Parameter::is_on);
    let (writers, readers): (Vec<&Member>, Vec<&Member>) = users
        .iter()
        .flat_map(|publisher| &publisher.members)
        .filter(|member| member.parameter_group_status == "pending-reboot")
        .partition(|member| member.is_writer);
    Prerequisite::met(LOGICAL, switch_value(true), switch_value(is_on))
        .unless(is_on, || {
            format!(
                "Set {LOGICAL_REPLICATION} to 1 in the {group}. It is static: reboot {} afterwards.",
                match users.first().map(|publisher| publisher.kind) {
                    Some(publisher::PublisherKind::Aurora) | None => "the writer",
                    Some(publisher::PublisherKind::MultiAzCluster) => "the Multi-AZ DB cluster",
                    Some(publisher::PublisherKind::Instance) => "the instance",
                }
            )
        })
        // Only a writer publishes; a reader that becomes one starts anew.
        .in_doubt_if(!writers.is_empty(), || {
            format!(
                "{} waits for a reboot. The cause may be {LOGICAL_REPLICATION}, which is static, a group that was \
                 associated since the last reboot, or another parameter; until the reboot it may not be in effect.",
                writers
                    .iter()
                    .chain(&readers)
                    .map(|member| member.identifier.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::aws::rds::parameter_group::ApplyType;

    /// A cluster that has everything, with a writer.
    pub(crate) fn publisher() -> Publisher {
        Publisher {
            kind: publisher::PublisherKind::Aurora,
            identifier: "orders".to_owned(),
            arn: String::new(),
            resource_id: String::new(),
            status: "available".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: "17.4".to_owned(),
            endpoint: None,
            port: None,
            database_name: None,
            master_username: None,
            parameter_group: GroupName::cluster("g"),
            members: vec![Member {
                identifier: "orders-1".to_owned(),
                is_writer: true,
                parameter_group_status: "in-sync".to_owned(),
            }],
            iam_database_authentication_enabled: true,
            pending_iam_database_authentication_enabled: None,
            other_pending_changes: Vec::new(),
            replica_of: None,
            global_cluster: None,
            master_user_secret: None,
        }
    }

    fn parameter(name: &str, value: Option<&str>) -> Parameter {
        Parameter {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            source: None,
            apply_type: ApplyType::Static,
            is_modifiable: true,
            data_type: None,
            allowed_values: None,
        }
    }

    fn parameters(logical_replication: Option<&str>) -> ReplicationParameters {
        ReplicationParameters {
            iam_auth_for_replication: Some(parameter(IAM_AUTH_FOR_REPLICATION, None)),
            logical_replication: Some(parameter(LOGICAL_REPLICATION, logical_replication)),
        }
    }

    /// The prerequisites that are not met, or in doubt.
    fn complaints(
        publisher: &Publisher,
        parameters: &ReplicationParameters,
    ) -> Vec<(&'static str, Verdict, String)> {
        of_publisher(publisher)
            .into_iter()
            .chain(of_group(
                &publisher.parameter_group,
                parameters,
                std::slice::from_ref(publisher),
            ))
            .filter(|one| one.verdict != Verdict::Met)
            .map(|one| (one.name, one.verdict, one.detail))
            .collect()
    }

    fn one(
        publisher: &Publisher,
        parameters: &ReplicationParameters,
    ) -> (&'static str, Verdict, String) {
        let mut complaints = complaints(publisher, parameters);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        complaints.remove(0)
    }

    #[test]
    fn prerequisites_of_a_publisher_that_has_everything_are_met() {
        assert_eq!(complaints(&publisher(), &parameters(Some("1"))), []);
    }

    #[test]
    fn prerequisites_each_is_told_apart() {
        let on = parameters(Some("1"));
        let with = |change: &dyn Fn(&mut Publisher)| {
            let mut publisher = publisher();
            change(&mut publisher);
            one(&publisher, &on)
        };
        let (name, verdict, _) = with(&|publisher| publisher.engine = "aurora-mysql".to_owned());
        assert_eq!((name, verdict), ("engine", Verdict::NotMet));
        let (name, verdict, _) = with(&|publisher| publisher.engine_version = "10.21".to_owned());
        assert_eq!((name, verdict), ("engine_version", Verdict::NotMet));
        let (name, verdict, _) = with(&|publisher| publisher.status = "stopped".to_owned());
        assert_eq!((name, verdict), ("status", Verdict::NotMet));
        let (name, verdict, _) =
            with(&|publisher| publisher.parameter_group = GroupName::cluster("default.x"));
        assert_eq!((name, verdict), ("parameter_group", Verdict::NotMet));
        let (name, verdict, detail) =
            with(&|publisher| publisher.iam_database_authentication_enabled = false);
        assert_eq!(
            (name, verdict),
            ("iam_database_authentication", Verdict::NotMet)
        );
        assert!(detail.contains("Enable it on the DB cluster"), "{detail}");
        let (name, verdict, _) = one(&publisher(), &parameters(None));
        assert_eq!((name, verdict), ("logical_replication", Verdict::NotMet));
        let lacking = ReplicationParameters {
            iam_auth_for_replication: None,
            ..parameters(Some("1"))
        };
        let (name, verdict, _) = one(&publisher(), &lacking);
        assert_eq!((name, verdict), ("parameter", Verdict::NotMet));
    }

    #[test]
    fn prerequisites_iam_that_is_pending_names_apply_immediately() {
        let mut orders = publisher();
        orders.iam_database_authentication_enabled = false;
        orders.pending_iam_database_authentication_enabled = Some(true);
        let (_, verdict, detail) = one(&orders, &parameters(Some("1")));
        assert_eq!(verdict, Verdict::NotMet);
        assert!(detail.contains("ApplyImmediately"), "{detail}");
        orders.iam_database_authentication_enabled = true;
        orders.pending_iam_database_authentication_enabled = Some(false);
        let (_, verdict, _) = one(&orders, &parameters(Some("1")));
        assert_eq!(verdict, Verdict::InDoubt);
    }

    #[test]
    fn prerequisites_a_reader_that_waits_for_a_reboot_leaves_no_doubt() {
        let mut orders = publisher();
        orders.members.push(Member {
            identifier: "orders-2".to_owned(),
            is_writer: false,
            parameter_group_status: "pending-reboot".to_owned(),
        });
        assert_eq!(complaints(&orders, &parameters(Some("1"))), []);
    }

    #[test]
    fn prerequisites_doubt_about_a_reboot_ends_with_what_the_server_shows() {
        let mut orders = publisher();
        orders.members[0].parameter_group_status = "pending-reboot".to_owned();
        let seen = |value, is_on| {
            let group = &orders.parameter_group;
            let mut found = of_group(group, &parameters(value), std::slice::from_ref(&orders));
            take_in_server(&mut found, is_on);
            let found = found.into_iter().find(|one| one.name == LOGICAL);
            let found = found.unwrap();
            (found.verdict, found.actual, found.detail.is_empty())
        };
        assert_eq!(seen(Some("1"), true), (Verdict::Met, "1".to_owned(), true));
        let off = "1, and off in the running server".to_owned();
        assert_eq!(seen(Some("1"), false), (Verdict::NotMet, off, false));
        // It was switched off, and is on until the reboot.
        let waits = (Verdict::NotMet, "0".to_owned(), false);
        assert_eq!(seen(Some("0"), true), waits);
    }

    #[test]
    fn prerequisites_a_reboot_that_is_pending_is_in_doubt_and_names_the_members() {
        let mut orders = publisher();
        orders.members[0].parameter_group_status = "pending-reboot".to_owned();
        let (name, verdict, detail) = one(&orders, &parameters(Some("1")));
        assert_eq!((name, verdict), ("logical_replication", Verdict::InDoubt));
        assert!(
            detail.starts_with("orders-1 waits for a reboot"),
            "{detail}"
        );
    }
}
