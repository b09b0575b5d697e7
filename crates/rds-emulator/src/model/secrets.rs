//! The secrets of AWS Secrets Manager that somebody made, besides those of the master users.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use uuid::Uuid;

/// What a secret holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretValue {
    /// `SecretString`.
    String(String),
    /// `SecretBinary`, in Base64.
    Binary(String),
}

/// A secret.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// `ARN`; its Region is where the secret is.
    pub arn: String,
    /// `Name`.
    pub name: String,
    /// The Region.
    pub region: String,
    /// `VersionId` of its only version.
    pub version_id: String,
    /// What it holds.
    pub value: SecretValue,
}

/// All of them; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    secrets: Arc<Mutex<Vec<StoredSecret>>>,
}

impl Secrets {
    fn lock(&self) -> MutexGuard<'_, Vec<StoredSecret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a secret in a Region, or replaces what the one of that name holds; its ARN.
    pub fn put(&self, account_id: &str, region: &str, name: &str, value: SecretValue) -> String {
        let mut secrets = self.lock();
        let version_id = Uuid::new_v4().to_string();
        let there = secrets
            .iter_mut()
            .find(|secret| secret.name == name && secret.region == region);
        if let Some(secret) = there {
            secret.value = value;
            secret.version_id = version_id;
            return secret.arn.clone();
        }
        let suffix = &version_id[..6];
        let arn = format!("arn:aws:secretsmanager:{region}:{account_id}:secret:{name}-{suffix}");
        secrets.push(StoredSecret {
            arn: arn.clone(),
            name: name.to_owned(),
            region: region.to_owned(),
            version_id,
            value,
        });
        arn
    }

    /// The secret in a Region that something holds for.
    pub fn find(
        &self,
        region: &str,
        is_meant: impl Fn(&StoredSecret) -> bool,
    ) -> Option<StoredSecret> {
        let secrets = self.lock();
        let mut of_region = secrets.iter().filter(|secret| secret.region == region);
        of_region.find(|secret| is_meant(secret)).cloned()
    }

    /// The Regions that have any.
    pub fn regions(&self) -> Vec<String> {
        let secrets = self.lock();
        secrets.iter().map(|secret| secret.region.clone()).collect()
    }
}
