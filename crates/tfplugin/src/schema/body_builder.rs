//! How what has a body is built: a schema and a nested block alike.

/// The builder methods of a type with a `body`.
macro_rules! body_builder {
    () => {
        /// The description, in Markdown.
        #[must_use]
        pub fn description(mut self, markdown: impl Into<String>) -> Self {
            self.body.description = markdown.into();
            self
        }

        /// Warns whoever uses it, with the message saying what to use instead.
        #[must_use]
        pub fn deprecated(mut self, message: impl Into<String>) -> Self {
            self.body.deprecated = Some(message.into());
            self
        }

        /// Adds an attribute.
        #[must_use]
        pub fn attribute(mut self, attribute: $crate::schema::Attribute) -> Self {
            self.body.attributes.push(attribute);
            self
        }

        /// Adds a nested block.
        #[must_use]
        pub fn block(mut self, block: $crate::schema::Block) -> Self {
            self.body.blocks.push(block);
            self
        }

        /// Exactly one of these attributes and blocks must be set, where the block is there. One
        /// that is unknown may be set.
        #[must_use]
        pub fn exactly_one_of<S: Into<String>>(
            mut self,
            names: impl IntoIterator<Item = S>,
        ) -> Self {
            self.body
                .rules
                .push($crate::schema::Rule::exactly_one_of(names));
            self
        }

        /// At most one of these attributes and blocks may be set. One that is unknown may be null.
        #[must_use]
        pub fn at_most_one_of<S: Into<String>>(
            mut self,
            names: impl IntoIterator<Item = S>,
        ) -> Self {
            self.body
                .rules
                .push($crate::schema::Rule::at_most_one_of(names));
            self
        }

        /// All of these attributes and blocks must be set, or none.
        #[must_use]
        pub fn all_or_none_of<S: Into<String>>(
            mut self,
            names: impl IntoIterator<Item = S>,
        ) -> Self {
            self.body
                .rules
                .push($crate::schema::Rule::all_or_none_of(names));
            self
        }
    };
}

pub(super) use body_builder;
