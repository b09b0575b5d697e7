//! As whom the provider logs in to a database, and where the password of each connection comes from.

use std::sync::Arc;

use super::{
    Error, LoginMethod, NoSecret, Origin,
    origin::Sourced,
    password_source::{IamToken, LastSigned, SecretsManagerPassword, StaticPassword},
    settings::{Authentication, Settings},
};
use crate::{
    aws::{self, auth_token::SignedFor, rds::publisher::Publisher, secrets_manager},
    postgres::PasswordSource,
    scope::Scope,
    secret::Secret,
};

/// The user, and where the password of each connection comes from.
pub(super) struct Login {
    pub(super) username: Sourced<String>,
    pub(super) method: LoginMethod,
    /// Of what the user logs in with.
    pub(super) origin: Origin,
    pub(super) source: Arc<dyn PasswordSource>,
    pub(super) last_signed: LastSigned,
}

impl Login {
    /// How the provider logs in at an address, from what is configured and what was looked up.
    ///
    /// # Errors
    /// When nothing says how, or AWS does not tell who a secret is for.
    pub(super) async fn find(
        scope: &Scope,
        settings: &Settings,
        aws: &Arc<aws::Clients>,
        publisher: Option<&Publisher>,
        (host, port): (&str, u16),
    ) -> Result<Self, Error> {
        let master = publisher.and_then(|publisher| publisher.master_username.clone());
        let username = settings.username.clone();
        let user_or_master = || {
            let username = username.clone();
            username
                .or_else(|| master.clone().map(Sourced::looked_up))
                .ok_or(Error::NoUsername)
        };
        match &settings.authentication {
            Authentication::Password(password) => {
                let username = user_or_master()?;
                let variable = password.origin.variable();
                // A token that was read from a file ends with a line break, which no token has.
                let text = password.value.expose().trim();
                let (method, last_signed, secret) = match SignedFor::of_token(text) {
                    None => (
                        LoginMethod::Password { variable },
                        LastSigned::default(),
                        password.value.clone(),
                    ),
                    Some(signed_for) => (
                        LoginMethod::GivenToken,
                        LastSigned::new(signed_for),
                        Secret::new(text.to_owned()),
                    ),
                };
                let source = Arc::new(StaticPassword(secret));
                Ok(Self {
                    last_signed,
                    origin: password.origin,
                    ..Self::new(username, method, source)
                })
            }
            Authentication::Iam => {
                let username = user_or_master()?;
                let last_signed = LastSigned::default();
                let source = IamToken {
                    aws: aws.clone(),
                    host: host.to_owned(),
                    port,
                    region: publisher.and_then(Publisher::region).map(str::to_owned),
                    username: username.value.clone(),
                    last_signed: last_signed.clone(),
                };
                Ok(Self {
                    last_signed,
                    ..Self::new(username, LoginMethod::Token, Arc::new(source))
                })
            }
            Authentication::SecretArn(arn) => {
                let username = match username {
                    Some(username) => username,
                    None => {
                        Sourced::looked_up(secrets_manager::get_username(aws, scope, arn).await?)
                    }
                };
                let source = secrets_manager_password(aws, arn);
                let method = LoginMethod::Secret(arn.clone());
                Ok(Self::new(username, method, source))
            }
            Authentication::Discovered => {
                let managed = publisher.and_then(|publisher| publisher.master_user_secret.as_ref());
                let username = username.or_else(|| master.clone().map(Sourced::looked_up));
                let is_master =
                    username.as_ref().map(|username| &username.value) == master.as_ref();
                match (managed, username) {
                    (Some(secret), Some(username)) if is_master => {
                        let method = LoginMethod::ManagedSecret(secret.arn.clone());
                        let source = secrets_manager_password(aws, &secret.arn);
                        Ok(Self {
                            origin: Origin::LookedUp,
                            ..Self::new(username, method, source)
                        })
                    }
                    (_, username) => Err(Error::NoLogin {
                        username: username.map(|username| username.value),
                        no_secret: match publisher {
                            None => NoSecret::OnlyHost,
                            Some(_) if is_master => NoSecret::NotManaged,
                            Some(_) => NoSecret::NotMaster,
                        },
                    }),
                }
            }
        }
    }

    /// With what the configuration says.
    fn new(
        username: Sourced<String>,
        method: LoginMethod,
        source: Arc<dyn PasswordSource>,
    ) -> Self {
        Self {
            username,
            method,
            origin: Origin::Configured,
            source,
            last_signed: LastSigned::default(),
        }
    }
}

fn secrets_manager_password(aws: &Arc<aws::Clients>, arn: &str) -> Arc<dyn PasswordSource> {
    Arc::new(SecretsManagerPassword {
        aws: aws.clone(),
        arn: arn.to_owned(),
    })
}
