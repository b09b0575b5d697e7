//! Schemas that Terraform would refuse.

use tfplugin::{
    schema::{Attribute, Block, Schema, Validator},
    testing::TestProvider,
    value::Type,
};

use crate::provider::Test;

#[test]
fn schema_that_terraform_would_refuse_is_described() {
    let table = [
        (Schema::new(-1), "the version is negative"),
        (
            Schema::new(0).attribute(Attribute::string("a")),
            "a is none of required, optional and computed",
        ),
        (
            Schema::new(0).attribute(Attribute::string("a").required().optional()),
            "a is required, so that it can be neither optional nor computed nor have a default",
        ),
        (
            Schema::new(0).attribute(Attribute::string("A").optional()),
            "A is not a name of lower-case letters, digits and underscores",
        ),
        (
            Schema::new(0).attribute(Attribute::string("a").computed().default("x")),
            "a has a default and is not optional",
        ),
        (
            Schema::new(0).attribute(Attribute::string("a").optional().computed().write_only()),
            "a is write-only, so that nothing can be computed for it",
        ),
        (
            Schema::new(0)
                .block(Block::set("s").attribute(Attribute::new("a", Type::Dynamic).optional())),
            "s.a is dynamic inside a set",
        ),
        (
            Schema::new(0)
                .attribute(Attribute::string("a").optional())
                .block(Block::single("a")),
            "a is there twice",
        ),
        (
            Schema::new(0).block(Block::group("g").required()),
            "g has numbers of blocks that do not go with its nesting",
        ),
        (
            Schema::new(0).exactly_one_of(["a"]),
            "a rule speaks of a, which is not there",
        ),
    ];
    for (schema, problem) in table {
        assert_eq!(schema.problems(), [problem]);
    }
    let unmatched = Validator::each(Validator::matches("[", "be matched"));
    let schema = Schema::new(0).attribute(Attribute::string("a").optional().validate(unmatched));
    let problems = schema.problems();
    assert!(
        problems[0]
            .starts_with("a is validated wrongly: the pattern \"[\" is no regular expression: "),
        "{problems:?}"
    );
}

#[test]
fn schema_of_a_provider_is_its_lists() {
    let provider = TestProvider::new(Test::default());
    let schema = provider.schema();
    assert!(schema.resources.contains_key("test_thing"));
    assert!(schema.data_sources.contains_key("test_look"));
    assert_eq!(schema.functions["join"].parameters.len(), 1);
    assert_eq!(schema.resources["test_thing"].version, 2);
}

#[test]
fn block_with_a_dynamic_attribute_is_dynamic_when_there_can_be_many() {
    let body = |block: Block| block.attribute(Attribute::new("any", Type::Dynamic).optional());
    assert_eq!(body(Block::list("b")).value_type(), Type::Dynamic);
    assert_eq!(body(Block::map("b")).value_type(), Type::Dynamic);
    assert_eq!(
        body(Block::single("b")).value_type(),
        Type::object([("any", Type::Dynamic)])
    );
}
