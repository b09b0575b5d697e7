//! The checksums of packages, as the CLIs write them into lock files and mirrors.
//! <https://developer.hashicorp.com/terraform/language/files/dependency-lock#new-provider-package-checksums>

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{Failure, archive};

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// `zh:`, of a package as it is downloaded.
pub fn zip_hash(package: &[u8]) -> String {
    format!("zh:{}", sha256(package))
}

/// `h1:`, of the files in a package. <https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1>
///
/// # Errors
/// When it is no zip.
pub fn contents_hash(package: &[u8]) -> Result<String, Failure> {
    let mut files = archive::read(package)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let lines: String = files
        .iter()
        .map(|file| format!("{}  {}\n", sha256(&file.contents), file.name))
        .collect();
    Ok(format!("h1:{}", STANDARD.encode(Sha256::digest(lines))))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
