//! Schemas, blocks and attributes.

use crate::{
    proto::tfplugin6::{
        self as proto, StringKind,
        schema::{nested_block, object},
    },
    schema::{Attribute, AttributeType, Block, BlockBody, BlockNesting, Nesting, Schema},
};

/// A schema.
pub(crate) fn schema(schema: &Schema) -> proto::Schema {
    proto::Schema {
        version: schema.version,
        block: Some(block_body(&schema.body, schema.version)),
    }
}

/// What can be in a block. Clients ignore the version of one that is nested.
fn block_body(body: &BlockBody, version: i64) -> proto::schema::Block {
    proto::schema::Block {
        version,
        attributes: body.attributes.iter().map(attribute).collect(),
        block_types: body.blocks.iter().map(block).collect(),
        description: body.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecated: body.deprecated.is_some(),
        deprecation_message: body.deprecated.clone().unwrap_or_default(),
        computed: false,
    }
}

fn block(block: &Block) -> proto::schema::NestedBlock {
    let nesting = match block.nesting {
        BlockNesting::Single => nested_block::NestingMode::Single,
        BlockNesting::Group => nested_block::NestingMode::Group,
        BlockNesting::List => nested_block::NestingMode::List,
        BlockNesting::Set => nested_block::NestingMode::Set,
        BlockNesting::Map => nested_block::NestingMode::Map,
    };
    proto::schema::NestedBlock {
        type_name: block.name.clone(),
        block: Some(block_body(&block.body, 0)),
        nesting: nesting.into(),
        min_items: block.min_items,
        max_items: block.max_items,
    }
}

fn attribute(attribute: &Attribute) -> proto::schema::Attribute {
    let (r#type, nested_type) = match &attribute.r#type {
        AttributeType::Plain(plain) => (plain.signature(), None),
        AttributeType::Nested(nesting, attributes) => {
            (Vec::new(), Some(object(*nesting, attributes)))
        }
    };
    proto::schema::Attribute {
        name: attribute.name.clone(),
        r#type,
        description: attribute.description.clone(),
        required: attribute.required,
        // What has a default is set by the provider where the practitioner sets nothing.
        optional: attribute.optional || (attribute.default.is_some() && !attribute.required),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        description_kind: StringKind::Markdown.into(),
        deprecated: attribute.deprecated.is_some(),
        nested_type,
        write_only: attribute.write_only,
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}

fn object(nesting: Nesting, attributes: &[Attribute]) -> proto::schema::Object {
    let nesting = match nesting {
        Nesting::Single => object::NestingMode::Single,
        Nesting::List => object::NestingMode::List,
        Nesting::Set => object::NestingMode::Set,
        Nesting::Map => object::NestingMode::Map,
    };
    proto::schema::Object {
        attributes: attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..proto::schema::Object::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn schema_with_everything_keeps_it_on_the_wire() {
        let found = schema(
            &Schema::new(3)
                .description("A toaster.")
                .attribute(
                    Attribute::string("name")
                        .required()
                        .description("Its name."),
                )
                .attribute(Attribute::bool("on").optional().default(true))
                .attribute(Attribute::string("id").computed())
                .attribute(Attribute::string("pin").optional().write_only().sensitive())
                .attribute(
                    Attribute::set("breads", Type::String)
                        .optional()
                        .deprecated("Use bread."),
                )
                .attribute(
                    Attribute::nested_list("slots", [Attribute::int64("width").required()])
                        .optional(),
                )
                .block(Block::single("crumbs").attribute(Attribute::number("tray").optional())),
        );
        assert_eq!(found.version, 3);
        let block = found.block.expect("a block");
        assert_eq!(block.description, "A toaster.");
        assert_eq!(block.description_kind(), StringKind::Markdown);
        let [name, on, id, pin, breads, slots] = block.attributes.as_slice() else {
            panic!("six attributes, not {:?}", block.attributes)
        };
        assert_eq!(name.r#type, br#""string""#);
        assert_eq!(
            (name.required, name.optional, name.computed),
            (true, false, false)
        );
        assert_eq!((on.required, on.optional, on.computed), (false, true, true));
        assert_eq!(
            (id.required, id.optional, id.computed),
            (false, false, true)
        );
        assert_eq!((pin.write_only, pin.sensitive), (true, true));
        assert_eq!(breads.r#type, br#"["set","string"]"#);
        assert_eq!(
            (breads.deprecated, breads.deprecation_message.as_str()),
            (true, "Use bread.")
        );
        assert!(
            slots.r#type.is_empty(),
            "a nested attribute has no type of its own"
        );
        let nested = slots.nested_type.as_ref().expect("nested attributes");
        assert_eq!(nested.nesting(), object::NestingMode::List);
        assert_eq!(nested.attributes[0].r#type, br#""number""#);
        let [crumbs] = block.block_types.as_slice() else {
            panic!("one block, not {:?}", block.block_types)
        };
        assert_eq!(crumbs.type_name, "crumbs");
        assert_eq!(crumbs.nesting(), nested_block::NestingMode::Single);
        assert_eq!(
            crumbs.block.as_ref().map(|block| block.attributes.len()),
            Some(1)
        );
    }
}
