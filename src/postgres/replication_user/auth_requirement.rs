//! The authentication that is required of a user's connections, and how that is known.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::expected_auth::{AuthMethod, ExpectedAuth};
use crate::{
    postgres::{AuthRequest, ConnectionKind, Error, Server},
    scope::Scope,
};

/// Users that are asked for at once: each takes two connections, which are over at once.
const ASKED_AT_ONCE: usize = 4;

/// What one kind of connection must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthRequirement {
    /// The kind of connection.
    pub kind: ConnectionKind,
    /// The method; `None` where it is not known.
    pub method: Option<AuthMethod>,
    /// How the method is known.
    pub known_by: Evidence,
    /// Why.
    pub because: String,
}

/// How it is known what a connection must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The memberships and the running parameters imply it.
    Catalog,
    /// The server demanded it.
    Server,
}

impl AuthRequirement {
    /// What the catalog implies.
    pub fn by_catalog(expected: ExpectedAuth) -> Self {
        Self {
            kind: expected.kind,
            method: expected.method,
            known_by: Evidence::Catalog,
            because: expected.because,
        }
    }

    /// What the server demanded, which decides. Where it refused the login at once, it said nothing of
    /// the method, and the catalog counts.
    pub fn by_server(expected: ExpectedAuth, requested: &AuthRequest) -> Self {
        let agrees = expected.agrees_with(requested);
        let expected = Self::by_catalog(expected);
        let method = match requested {
            AuthRequest::Token => Some(AuthMethod::Token),
            AuthRequest::Password => Some(AuthMethod::Password),
            AuthRequest::Refused(_) => expected.method,
            AuthRequest::Nothing | AuthRequest::Other(_) => None,
        };
        let known_by = match requested {
            AuthRequest::Refused(_) => Evidence::Catalog,
            _ => Evidence::Server,
        };
        let all_the_same = if agrees { "" } else { " all the same" };
        Self {
            method,
            known_by,
            because: format!(
                "{}; asked, the server demands {requested}{all_the_same}",
                expected.because
            ),
            ..expected
        }
    }
}

impl Server {
    /// What each user's connections must show, as the server says; for a user that could not be
    /// asked about, why not. Costs a connection for each.
    pub async fn auth_requirements(
        &self,
        scope: &Scope,
        users: BTreeMap<String, Vec<ExpectedAuth>>,
    ) -> BTreeMap<String, Result<Vec<AuthRequirement>, Error>> {
        stream::iter(users)
            .map(|(user, expected)| async move {
                let requested = self.auth_requests(scope, &user, &expected).await;
                let required = requested.map(|requested| {
                    expected
                        .into_iter()
                        .zip(&requested)
                        .map(|(expected, requested)| {
                            AuthRequirement::by_server(expected, requested)
                        })
                        .collect()
                });
                (user, required)
            })
            .buffer_unordered(ASKED_AT_ONCE)
            .collect()
            .await
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::error::SqlState;

    use super::*;
    use crate::postgres::ServerError;

    fn expected(method: Option<AuthMethod>) -> ExpectedAuth {
        ExpectedAuth {
            kind: ConnectionKind::Replication,
            method,
            because: "it is in rds_iam".to_owned(),
        }
    }

    #[test]
    fn required_method_is_what_the_server_demands_whatever_the_catalog_implies() {
        let known = AuthRequirement::by_server(expected(None), &AuthRequest::Token);
        assert_eq!(
            (known.method, known.known_by),
            (Some(AuthMethod::Token), Evidence::Server)
        );
        assert!(
            known.because.ends_with("demands a token"),
            "{}",
            known.because
        );
        let other =
            AuthRequirement::by_server(expected(Some(AuthMethod::Token)), &AuthRequest::Password);
        assert_eq!(
            (other.method, other.known_by),
            (Some(AuthMethod::Password), Evidence::Server)
        );
        assert!(
            other.because.ends_with("a password all the same"),
            "{}",
            other.because
        );
        let nothing =
            AuthRequirement::by_server(expected(Some(AuthMethod::Token)), &AuthRequest::Nothing);
        assert_eq!((nothing.method, nothing.known_by), (None, Evidence::Server));
    }

    #[test]
    fn required_method_of_a_login_that_is_refused_at_once_is_what_the_catalog_implies() {
        let refused = AuthRequest::Refused(ServerError {
            sqlstate: SqlState::TOO_MANY_CONNECTIONS.code().to_owned(),
            message: "too many clients".to_owned(),
            detail: None,
            hint: None,
            is_fatal: true,
        });
        let required = AuthRequirement::by_server(expected(Some(AuthMethod::Token)), &refused);
        assert_eq!(
            (required.method, required.known_by),
            (Some(AuthMethod::Token), Evidence::Catalog)
        );
        assert!(required.because.contains("53300"), "{}", required.because);
    }
}
