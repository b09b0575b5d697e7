//! The arguments that hold an identifier or a name of RDS: where an ARN is given, it is refused.
//!
//! RDS would take an ARN in most calls, and answers with the identifier. Compared with that, an ARN is
//! another thing: another id, another user of a group, another database.

use tfplugin::{Diagnostic, Field, schema::Validator};

use crate::{aws::rds::publisher::Identifier, operation::Operation};

/// How long an identifier or a name may be.
pub fn length() -> Validator {
    Validator::length(1..=255)
}

/// The argument that holds an identifier, as in hashicorp/aws.
pub fn argument(identifier: &Identifier) -> &'static str {
    match identifier {
        Identifier::Cluster(_) => "cluster_identifier",
        Identifier::Instance(_) => "db_instance_identifier",
    }
}

/// The check of a configuration.
pub fn validator(argument: &'static str) -> Validator {
    Validator::custom(move |value| check(argument, value.as_str().unwrap_or_default()))
}

/// The check of what has become known only at apply, in the same words.
///
/// # Errors
/// That it is an ARN, as a sentence.
pub fn check_known(argument: &str, given: &Field<String>) -> Result<(), String> {
    match given {
        Field::Known(given) => check(argument, given)
            .map_err(|expectation| format!("The value of {argument} {expectation}.")),
        Field::Null | Field::Unknown => Ok(()),
    }
}

/// Refuses in an operation what [`check_known`] does not let pass.
///
/// # Errors
/// That it is an ARN, at the argument.
pub fn refuse_arn(
    operation: &Operation,
    argument: &str,
    given: &Field<String>,
) -> Result<(), Diagnostic> {
    check_known(argument, given).map_err(|detail| operation.error(detail).at(argument))
}

/// As [`refuse_arn`], for a cluster or an instance.
///
/// # Errors
/// As [`refuse_arn`].
pub fn refuse_arn_of(operation: &Operation, identifier: &Identifier) -> Result<(), Diagnostic> {
    let given = Field::Known(identifier.as_str().to_owned());
    refuse_arn(operation, argument(identifier), &given)
}

/// What stands in an ARN of RDS for the identifier or the name; anything else as it is.
pub fn without_arn(given: Field<String>) -> Field<String> {
    given.map(|text| match is_arn(&text) {
        true => text.rsplit(':').next().unwrap_or_default().to_owned(),
        false => text,
    })
}

/// Refuses an ARN. The error completes the sentence "The value ...".
///
/// # Errors
/// What the argument holds, and where that is in a configuration of hashicorp/aws.
pub fn check(argument: &str, given: &str) -> Result<(), String> {
    if !is_arn(given) {
        return Ok(());
    }
    let (what, source) = match argument {
        "cluster_identifier" => (
            "the identifier of a DB cluster",
            "`cluster_identifier` of `aws_rds_cluster`",
        ),
        "db_instance_identifier" => (
            "the identifier of a DB instance",
            "`identifier` of `aws_db_instance`",
        ),
        "db_cluster_parameter_group_name" => (
            "the name of a DB cluster parameter group",
            "`name` of `aws_rds_cluster_parameter_group`",
        ),
        "db_parameter_group_name" => (
            "the name of a DB parameter group",
            "`name` of `aws_db_parameter_group`",
        ),
        _ => (
            "identifiers",
            "`cluster_identifier` of `aws_rds_cluster` or `identifier` of `aws_db_instance`",
        ),
    };
    Err(format!(
        "must be {what}, and {given:?} is an ARN. In hashicorp/aws, {source} is what belongs here"
    ))
}

/// RDS has no `:` in identifiers and names.
fn is_arn(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("arn:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:rds:eu-central-1:123456789012:cluster:orders";

    #[test]
    fn identifier_is_accepted_and_an_arn_is_refused_with_where_the_identifier_is() {
        for (argument, source) in [
            ("cluster_identifier", "`cluster_identifier` of"),
            (
                "db_instance_identifier",
                "`identifier` of `aws_db_instance`",
            ),
            (
                "db_cluster_parameter_group_name",
                "`name` of `aws_rds_cluster_parameter_group`",
            ),
            (
                "db_parameter_group_name",
                "`name` of `aws_db_parameter_group`",
            ),
            ("expected_cluster_identifiers", "`identifier` of"),
        ] {
            assert_eq!(check(argument, "orders"), Ok(()));
            assert_eq!(check(argument, "arn"), Ok(()));
            let refused = check(argument, ARN).expect_err("an ARN");
            assert!(refused.contains(source), "{refused}");
            assert!(refused.contains(ARN), "{refused}");
        }
    }

    #[test]
    fn arn_is_told_in_any_case_and_gives_its_name() {
        assert!(check("cluster_identifier", &ARN.to_uppercase()).is_err());
        assert_eq!(without_arn(ARN.into()), "orders".into());
        assert_eq!(without_arn("orders".into()), "orders".into());
    }
}
