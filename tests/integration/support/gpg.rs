//! GnuPG: keys that are thrown away with the test, and sign as the job of a release does.
//! <https://www.gnupg.org/documentation/manuals/gnupg/>

use std::{path::Path, process::Command};

use tempfile::TempDir;

/// A key in a keyring of its own, without a passphrase.
pub struct SigningKey {
    keyring: TempDir,
}

impl SigningKey {
    /// One of the kind that the registries take.
    pub fn rsa() -> Self {
        Self::generate("rsa3072")
    }

    /// One that is made faster, and that the CLIs know as well.
    pub fn ed25519() -> Self {
        Self::generate("ed25519")
    }

    fn generate(algorithm: &str) -> Self {
        let keyring = tempfile::Builder::new()
            .prefix("rdsiam-gpg-")
            .tempdir()
            .expect("a temporary directory can be made");
        let this = Self { keyring };
        this.gpg(&[
            "--quick-generate-key",
            "Somebody <somebody@localhost>",
            algorithm,
            "sign",
            "never",
        ]);
        this
    }

    /// The public key, as a registry is given it.
    pub fn public(&self) -> String {
        let key = self.gpg(&["--armor", "--export"]);
        String::from_utf8(key).expect("an armored key is text")
    }

    /// A detached signature of a file, in the form that the CLIs read.
    pub fn sign(&self, file: &Path) -> Vec<u8> {
        self.gpg(&["--detach-sign", "--output", "-", &file.to_string_lossy()])
    }

    /// A detached signature of a file, as text.
    pub fn sign_armored(&self, file: &Path) -> Vec<u8> {
        let file = file.to_string_lossy();
        self.gpg(&["--armor", "--detach-sign", "--output", "-", &file])
    }

    /// What it writes to standard output.
    fn gpg(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("gpg")
            .arg("--homedir")
            .arg(self.keyring.path())
            .args(["--batch", "--quiet", "--pinentry-mode", "loopback"])
            .args(["--passphrase", ""])
            .args(arguments)
            .output()
            .unwrap_or_else(|error| {
                panic!("gpg: {error}: install GnuPG (on Debian: apt-get install gnupg)")
            });
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "gpg {arguments:?}: {said}");
        output.stdout
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        // It has started an agent for the keyring.
        let _ended = Command::new("gpgconf")
            .arg("--homedir")
            .arg(self.keyring.path())
            .args(["--kill", "gpg-agent"])
            .output();
    }
}
