//! A membership that outlives its REVOKE.

use super::Advice;
use crate::postgres::refusal::RemainingMembership;

pub(super) fn membership_remains(name: &str, remaining: &RemainingMembership) -> Advice {
    let detail = format!(
        "{name:?} would still be in rds_iam: {remaining}. Nothing was changed. Since PostgreSQL 16 each grantor's \
         membership is one of its own: those roles, or a superuser, must revoke it (REVOKE rds_iam FROM .. \
         GRANTED BY ..)."
    );
    ("rds_iam", detail)
}
