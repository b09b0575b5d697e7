//! The authentication that catalog and parameter imply for a user's logins, and the server's own requests.

use std::fmt;

use crate::{
    postgres::{
        AuthRequest, ConnectionKind, Error, Server,
        rds_roles::{RDS_IAM, RDS_REPLICATION},
        snapshot::Snapshot,
    },
    scope::Scope,
};

/// How a user proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// With an IAM token.
    Token,
    /// With a password.
    Password,
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "a token",
            Self::Password => "a password",
        })
    }
}

/// What one kind of connection should be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedAuth {
    /// The kind of connection.
    pub kind: ConnectionKind,
    /// The method; `None` where AWS does not document it, or the parameter's value is not known.
    pub method: Option<AuthMethod>,
    /// Why.
    pub because: String,
}

impl ExpectedAuth {
    /// Whether the server's demand agrees with it.
    pub fn agrees_with(&self, requested: &AuthRequest) -> bool {
        match self.method {
            Some(AuthMethod::Token) => *requested == AuthRequest::Token,
            Some(AuthMethod::Password) => *requested == AuthRequest::Password,
            None => matches!(requested, AuthRequest::Token | AuthRequest::Password),
        }
    }
}

impl Snapshot {
    /// What a login's connections should be asked for: normal ones, and replication connections if it
    /// can replicate. Empty when it cannot log in. `iam_database_authentication` says whether that is
    /// enabled, where it is known.
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Replication.Logical.IAM-auth.html>
    pub fn expected_auth(
        &self,
        name: &str,
        iam_database_authentication: Option<bool>,
    ) -> Vec<ExpectedAuth> {
        let Some(role) = self.role(name).filter(|role| role.can_login) else {
            return Vec::new();
        };
        let (in_rds_iam, why) = match self.membership_path(name, RDS_IAM) {
            Some(membership) if !membership.only_as_creator => (
                Some(true),
                format!("it is in rds_iam ({})", membership.path.join(" -> ")),
            ),
            Some(_) => (
                None,
                "it is in rds_iam only as the creator of a role, and whether RDS counts that is not documented"
                    .to_owned(),
            ),
            None => (Some(false), "it is not in rds_iam".to_owned()),
        };
        let method = |in_rds_iam: bool| match in_rds_iam {
            true => AuthMethod::Token,
            false => AuthMethod::Password,
        };
        let mut expected = vec![ExpectedAuth {
            kind: ConnectionKind::Normal,
            method: in_rds_iam.map(method),
            because: why.clone(),
        }];
        let is_in_group = self.is_member(name, RDS_REPLICATION);
        if is_in_group || role.has_replication || role.is_superuser {
            expected.push(match in_rds_iam {
                Some(true) if iam_database_authentication == Some(false) => ExpectedAuth {
                    kind: ConnectionKind::Replication,
                    method: Some(AuthMethod::Password),
                    because: format!("{why}, and IAM database authentication is not enabled"),
                },
                Some(true) => self.expected_by_parameter(&why, is_in_group),
                _ => ExpectedAuth {
                    kind: ConnectionKind::Replication,
                    method: in_rds_iam.map(method),
                    because: why,
                },
            });
        }
        expected
    }

    /// What the parameter makes of the replication connections of a member of `rds_iam`.
    fn expected_by_parameter(&self, why: &str, is_in_group: bool) -> ExpectedAuth {
        let (method, because) = match (self.iam_auth_for_replication, self.logical_replication) {
            (Some(false), _) => (
                Some(AuthMethod::Password),
                format!("{why}, and rds.iam_auth_for_replication is off in the running server"),
            ),
            (_, Some(false)) => (
                Some(AuthMethod::Password),
                format!("{why}, and rds.logical_replication is off in the running server"),
            ),
            (Some(true), _) if is_in_group => (
                Some(AuthMethod::Token),
                format!("{why}, and rds.iam_auth_for_replication is on in the running server"),
            ),
            (Some(true), _) => (
                None,
                format!(
                    "{why} and has the REPLICATION attribute alone, and whether AWS covers that is not documented"
                ),
            ),
            (None, _) => (
                None,
                format!("{why}, and the server does not show rds.iam_auth_for_replication"),
            ),
        };
        ExpectedAuth {
            kind: ConnectionKind::Replication,
            method,
            because,
        }
    }
}

impl Server {
    /// What the server demands now on each kind of connection that something is implied for, asked
    /// without credentials.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses before it demands anything.
    pub async fn auth_requests(
        &self,
        scope: &Scope,
        user: &str,
        expected: &[ExpectedAuth],
    ) -> Result<Vec<AuthRequest>, Error> {
        let asked = expected
            .iter()
            .map(|expected| self.probe(scope, user, expected.kind));
        futures::future::try_join_all(asked).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::membership::tests::snapshot as with;

    const PLAIN: [bool; 3] = [false, true, true];
    const ROLES: [(&str, bool); 4] = [
        ("rds_iam", false),
        ("rds_replication", false),
        ("cdc", true),
        ("group", false),
    ];

    fn snapshot(rows: &[(&str, &str, &str, [bool; 3])], parameter: Option<bool>) -> Snapshot {
        let mut snapshot = with(170_000, &ROLES, rows);
        snapshot.iam_auth_for_replication = parameter;
        snapshot
    }

    fn methods(snapshot: &Snapshot) -> Vec<(ConnectionKind, Option<AuthMethod>)> {
        snapshot
            .expected_auth("cdc", Some(true))
            .into_iter()
            .map(|expected| (expected.kind, expected.method))
            .collect()
    }

    #[test]
    fn expected_methods_follow_the_truth_table_of_the_feature() {
        use AuthMethod::{Password, Token};
        use ConnectionKind::{Normal, Replication};
        let iam = ("rds_iam", "cdc", "rdsadmin", PLAIN);
        let replication = ("rds_replication", "cdc", "rdsadmin", PLAIN);
        for (rows, parameter, expected) in [
            (vec![iam, replication], Some(true), Some(Token)),
            (vec![iam, replication], Some(false), Some(Password)),
            (vec![iam, replication], None, None),
            (vec![replication], Some(true), Some(Password)),
        ] {
            let normal = if rows.contains(&iam) { Token } else { Password };
            assert_eq!(
                methods(&snapshot(&rows, parameter)),
                [(Normal, Some(normal)), (Replication, expected)],
                "{rows:?} {parameter:?}"
            );
        }
        assert_eq!(
            methods(&snapshot(&[iam], Some(true))),
            [(Normal, Some(Token))]
        );
        let all = snapshot(&[iam, replication], Some(true));
        assert_eq!(all.expected_auth("group", Some(true)), []);
        let disabled = all.expected_auth("cdc", Some(false));
        assert_eq!(disabled[0].method, Some(Token));
        assert_eq!(disabled[1].method, Some(Password));
        let mut without = snapshot(&[iam, replication], Some(true));
        without.logical_replication = Some(false);
        assert_eq!(methods(&without)[1], (Replication, Some(Password)));
    }

    #[test]
    fn expected_method_of_the_attribute_alone_is_not_known_while_the_parameter_is_on() {
        let iam = ("rds_iam", "cdc", "rdsadmin", PLAIN);
        let mut attribute = snapshot(&[iam], Some(true));
        for role in attribute.roles.values_mut() {
            role.has_replication = role.name == "cdc";
        }
        assert_eq!(methods(&attribute)[1], (ConnectionKind::Replication, None));
        let expected = attribute.expected_auth("cdc", None);
        assert!(expected[1].agrees_with(&AuthRequest::Token));
        assert!(expected[1].agrees_with(&AuthRequest::Password));
        assert!(!expected[1].agrees_with(&AuthRequest::Nothing));
        attribute.iam_auth_for_replication = Some(false);
        assert_eq!(
            methods(&attribute)[1],
            (ConnectionKind::Replication, Some(AuthMethod::Password))
        );
    }
}
