//! The tags of what has an ARN.

use crate::{
    api::{error::ApiError, form::Form, xml::Element},
    model::{SharedAccount, Tag},
};

/// The tags of a request that creates something.
///
/// # Errors
/// When one has no key.
pub fn given(form: &Form) -> Result<Vec<Tag>, ApiError> {
    form.list("Tags", "Tag")
        .iter()
        .map(|entry| {
            Ok(Tag {
                key: entry.required("Key")?.to_owned(),
                value: entry.raw("Value").unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

/// ListTagsForResource. Its `Filters` are not supported, and do nothing, as the documentation says.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ListTagsForResource.html>
pub fn list(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let arn = form.required("ResourceName")?;
    account.with(|account| {
        let tags = account.tags(arn)?.iter().map(|tag| {
            Element::new("Tag")
                .member("Key", &tag.key)
                .member("Value", &tag.value)
        });
        Ok(vec![Element::new("TagList").with_all(tags)])
    })
}
