//! Where the password of a physical connection comes from.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::{
    aws::{
        self,
        auth_token::{self, SignedFor},
        secrets_manager,
    },
    postgres::{PasswordError, PasswordSource},
    scope::Scope,
    secret::Secret,
};

/// The password that the configuration or the environment gives.
#[derive(Debug)]
pub(super) struct StaticPassword(pub Secret);

/// A token signed for each physical connection.
#[derive(Debug)]
pub(super) struct IamToken {
    pub aws: Arc<aws::Clients>,
    pub host: String,
    pub port: u16,
    /// The cluster's; else the host's name tells.
    pub region: Option<String>,
    pub username: String,
    pub last_signed: LastSigned,
}

/// What the last token was signed for; nothing before the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct LastSigned(Arc<Mutex<Option<SignedFor>>>);

impl LastSigned {
    /// Where there is but this one.
    pub(super) fn new(signed_for: SignedFor) -> Self {
        Self(Arc::new(Mutex::new(Some(signed_for))))
    }

    pub(super) fn get(&self) -> Option<SignedFor> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    fn set(&self, signed_for: SignedFor) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(signed_for);
    }
}

/// A password in AWS Secrets Manager, read for each physical connection, since it may be rotated at any
/// time.
#[derive(Debug)]
pub(super) struct SecretsManagerPassword {
    pub aws: Arc<aws::Clients>,
    pub arn: String,
}

#[async_trait]
impl PasswordSource for StaticPassword {
    async fn password(&self, _scope: &Scope) -> Result<Secret, PasswordError> {
        Ok(self.0.clone())
    }

    fn may_rotate(&self) -> bool {
        false
    }
}

#[async_trait]
impl PasswordSource for IamToken {
    async fn password(&self, scope: &Scope) -> Result<Secret, PasswordError> {
        auth_token::sign(
            &self.aws,
            scope,
            &self.host,
            self.port,
            self.region.as_deref(),
            &self.username,
        )
        .await
        .map(|token| {
            self.last_signed.set(token.signed_for);
            token.secret
        })
        .map_err(|error| PasswordError(Arc::new(error)))
    }

    fn may_rotate(&self) -> bool {
        false
    }

    fn is_token(&self) -> bool {
        true
    }
}

#[async_trait]
impl PasswordSource for SecretsManagerPassword {
    async fn password(&self, scope: &Scope) -> Result<Secret, PasswordError> {
        secrets_manager::get_password(&self.aws, scope, &self.arn)
            .await
            .map_err(|error| PasswordError(Arc::new(error)))
    }

    fn may_rotate(&self) -> bool {
        true
    }
}
