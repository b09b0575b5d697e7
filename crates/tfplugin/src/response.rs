//! Builder methods that the responses of a provider's author have in common.

/// The builder method of a response with private data.
macro_rules! keeping {
    () => {
        /// Has Terraform keep this beside it, and hand it back with the next request.
        #[must_use]
        pub fn keeping(mut self, private: $crate::private::Private) -> Self {
            self.private = private.into();
            self
        }
    };
}

/// The builder method of a response with messages.
macro_rules! reporting {
    () => {
        /// Tells the practitioner something beside it.
        #[must_use]
        pub fn reporting(
            mut self,
            diagnostics: impl Into<$crate::diagnostic::Diagnostics>,
        ) -> Self {
            self.diagnostics.extend(diagnostics.into());
            self
        }
    };
}

pub(crate) use {keeping, reporting};
