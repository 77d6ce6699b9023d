//! The receipts of erasures: a file of JSON lines outside of the database, so that a restore from a backup brings no
//! erased person back.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sea_orm_soft_delete::erased::ErasureReceipt;

/// Where receipts are kept, and the secret that hashes the people in them.
#[derive(Clone)]
pub struct Receipts {
    file: PathBuf,
    key: Option<String>,
}

/// The file, open to append to.
pub(crate) struct Ledger<'a> {
    file: File,
    key: &'a str,
}

impl Receipts {
    /// The key is kept elsewhere than the file: with both, anyone could tell who was erased.
    pub fn new(file: impl Into<PathBuf>, key: Option<String>) -> Self {
        let file = file.into();
        Self { file, key }
    }

    /// Opens the file before anything is erased, so that no erasure is done of which there can be no receipt.
    ///
    /// # Errors
    ///
    /// What to set, or which file cannot be written.
    pub(crate) fn open(&self) -> Result<Ledger<'_>, String> {
        let Some(key) = &self.key else {
            return Err(
                "erasures need a secret key for their receipts: set ERASURE_KEY, for example to what \
                 `openssl rand -hex 32` prints, and keep it: replays need the same one"
                    .to_owned(),
            );
        };
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.file);
        let file = file.map_err(|error| {
            format!(
                "cannot write receipts to {}: {error}; set ERASURE_RECEIPTS to another file",
                self.file.display()
            )
        })?;
        Ok(Ledger { file, key })
    }

    /// Reads the receipts of a file.
    ///
    /// # Errors
    ///
    /// Which line is no receipt, or why the file cannot be read.
    pub(crate) fn read(file: &Path) -> Result<Vec<ErasureReceipt>, String> {
        let cannot = |why: String| format!("cannot read receipts from {}: {why}", file.display());
        let text = fs::read_to_string(file).map_err(|error| cannot(error.to_string()))?;
        let lines = text.lines().enumerate();
        lines
            .map(|(number, line)| {
                serde_json::from_str(line)
                    .map_err(|error| cannot(format!("line {}: {error}", number + 1)))
            })
            .collect()
    }
}

impl Ledger<'_> {
    pub(crate) fn key(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// Writes a receipt, and returns when it is on the disk. If it fails, the erasure was done without a receipt: erase
    /// again, which does no harm.
    pub(crate) fn append(&mut self, receipt: &ErasureReceipt) -> io::Result<()> {
        let line = serde_json::to_string(receipt)? + "\n";
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()
    }
}
