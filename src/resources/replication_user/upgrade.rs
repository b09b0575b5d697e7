//! States that were written with earlier versions of the schema. In version 0 `password_wo_version` was a number.

use serde_json::{Map, Value};
use tfplugin::Model as _;

use super::Model;

/// Reads a state of version 0.
///
/// # Errors
/// When it is none.
pub(super) fn from_v0(state: Value) -> Result<Model, serde_json::Error> {
    let mut state: Map<String, Value> = serde_json::from_value(state)?;
    let body = Model::schema().body;
    let attributes = body.attributes.into_iter().map(|one| one.name);
    let blocks = body.blocks.into_iter().map(|one| one.name);
    for name in attributes.chain(blocks) {
        // Not all were there from the beginning.
        state.entry(name).or_insert(Value::Null);
    }
    if let Some(version) = state.get_mut("password_wo_version")
        && version.is_number()
    {
        // As Terraform makes a text of a number.
        *version = version.to_string().into();
    }
    serde_json::from_value(state.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tfplugin::Field;

    use super::*;

    #[test]
    fn state_of_version_0_has_its_number_as_text() {
        for (number, text) in [
            (json!(1), "1"),
            (json!(-7), "-7"),
            (json!(9_223_372_036_854_775_807_i64), "9223372036854775807"),
        ] {
            let state =
                json!({"name": "app", "rds_iam": true, "password_wo_version": number, "gone": 1});
            let model = from_v0(state).expect("a state");
            assert_eq!(model.password_wo_version, text.into());
            assert_eq!(model.name, "app".into());
            assert_eq!(model.rds_iam, true.into());
        }
    }

    #[test]
    fn state_of_version_0_without_what_came_later_has_null() {
        let model = from_v0(json!({"name": "app", "password_wo_version": null})).expect("a state");
        assert_eq!(model.password_wo_version, Field::Null);
        assert_eq!(model.allow_without_iam_authentication, Field::Null);
        assert!(model.timeouts.is_null());
    }

    #[test]
    fn state_of_version_0_that_is_hostile_is_an_error() {
        for state in [
            json!(null),
            json!([]),
            json!({"name": 3}),
            json!({"password_wo_version": {}}),
        ] {
            assert!(from_v0(state).is_err());
        }
    }
}
