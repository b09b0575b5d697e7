//! What a user's connections must show, and how that is known.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::proof::{Implication, Method};
use crate::{
    postgres::{Demanded, Error, Kind, Server},
    scope::Scope,
};

/// Users that are asked for at once: each takes two connections, which are over at once.
const ASKED_AT_ONCE: usize = 4;

/// What one kind of connection must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The kind of connection.
    pub kind: Kind,
    /// The method; `None` where it is not known.
    pub method: Option<Method>,
    /// How the method is known.
    pub known_by: KnownBy,
    /// Why.
    pub because: String,
}

/// How it is known what a connection must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// The memberships and the running parameters imply it.
    Catalogue,
    /// The server demanded it.
    Wire,
}

impl Required {
    /// What the catalogue implies.
    pub fn by_catalogue(implication: Implication) -> Self {
        Self {
            kind: implication.kind,
            method: implication.method,
            known_by: KnownBy::Catalogue,
            because: implication.because,
        }
    }

    /// What the server demanded, which decides. Where it refused the login at once, it said nothing of
    /// the method, and the catalogue counts.
    pub fn by_wire(implication: Implication, demanded: &Demanded) -> Self {
        let agrees = implication.agrees_with(demanded);
        let implied = Self::by_catalogue(implication);
        let method = match demanded {
            Demanded::Token => Some(Method::Token),
            Demanded::Password => Some(Method::Password),
            Demanded::Refused(_) => implied.method,
            Demanded::Nothing | Demanded::Other(_) => None,
        };
        let known_by = match demanded {
            Demanded::Refused(_) => KnownBy::Catalogue,
            _ => KnownBy::Wire,
        };
        let all_the_same = if agrees { "" } else { " all the same" };
        Self {
            method,
            known_by,
            because: format!(
                "{}; asked, the server demands {demanded}{all_the_same}",
                implied.because
            ),
            ..implied
        }
    }
}

impl Server {
    /// What each user's connections must show, asked on the wire; for a user that could not be asked
    /// about, why not. Costs a connection for each implication.
    pub async fn demands_of_all(
        &self,
        scope: &Scope,
        users: BTreeMap<String, Vec<Implication>>,
    ) -> BTreeMap<String, Result<Vec<Required>, Error>> {
        stream::iter(users)
            .map(|(user, implied)| async move {
                let demanded = self.demands(scope, &user, &implied).await;
                let required = demanded.map(|demanded| {
                    implied
                        .into_iter()
                        .zip(&demanded)
                        .map(|(implication, demanded)| Required::by_wire(implication, demanded))
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
    use super::*;
    use crate::postgres::error::ServerError;

    fn implied(method: Option<Method>) -> Implication {
        Implication {
            kind: Kind::Replication,
            method,
            because: "it is in rds_iam".to_owned(),
        }
    }

    #[test]
    fn required_method_is_what_the_server_demands_whatever_the_catalogue_implies() {
        let known = Required::by_wire(implied(None), &Demanded::Token);
        assert_eq!(
            (known.method, known.known_by),
            (Some(Method::Token), KnownBy::Wire)
        );
        assert!(
            known.because.ends_with("demands a token"),
            "{}",
            known.because
        );
        let other = Required::by_wire(implied(Some(Method::Token)), &Demanded::Password);
        assert_eq!(
            (other.method, other.known_by),
            (Some(Method::Password), KnownBy::Wire)
        );
        assert!(
            other.because.ends_with("a password all the same"),
            "{}",
            other.because
        );
        let nothing = Required::by_wire(implied(Some(Method::Token)), &Demanded::Nothing);
        assert_eq!((nothing.method, nothing.known_by), (None, KnownBy::Wire));
    }

    #[test]
    fn required_method_of_a_login_that_is_refused_at_once_is_what_the_catalogue_implies() {
        let refused = Demanded::Refused(ServerError {
            sqlstate: "53300".to_owned(),
            message: "too many clients".to_owned(),
            detail: None,
            hint: None,
        });
        let required = Required::by_wire(implied(Some(Method::Token)), &refused);
        assert_eq!(
            (required.method, required.known_by),
            (Some(Method::Token), KnownBy::Catalogue)
        );
        assert!(required.because.contains("53300"), "{}", required.because);
    }
}
