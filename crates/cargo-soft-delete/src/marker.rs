//! Which fields look like markers.

/// A field that says whether a row is trashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) field: String,
    /// The variant of `Column`.
    pub(crate) variant: String,
    pub(crate) column: String,
    /// Whether it is a flag and not an instant.
    pub(crate) is_flag: bool,
}

const INSTANTS: &[&str] = &[
    "deleted_at",
    "delete_at",
    "deleted_on",
    "deleted_date",
    "deleted_time",
    "delete_time",
    "deletion_date",
    "deletion_time",
    "date_deleted",
    "soft_deleted_at",
    "removed_at",
    "trashed_at",
    "discarded_at",
];

const FLAGS: &[&str] = &[
    "is_deleted",
    "is_delete",
    "deleted",
    "delete_flag",
    "deleted_flag",
    "del_flag",
    "is_del",
    "is_removed",
    "is_trashed",
    "trashed",
    "soft_deleted",
];

/// The names of markers: the list above, or the arguments of `--marker`.
pub(crate) struct MarkerNames {
    named: Vec<String>,
}

impl MarkerNames {
    pub(crate) fn new(named: &[String]) -> Self {
        let named = named.iter().map(|name| snake_case(name)).collect();
        Self { named }
    }

    /// Whether a field or a column with this name and type is a marker.
    pub(crate) fn contain(&self, name: &str, type_words: &[&str]) -> bool {
        let name = snake_case(name);
        if !self.named.is_empty() {
            return self.named.contains(&name);
        }
        let is_text = type_words
            .iter()
            .any(|word| matches!(*word, "String" | "Uuid"));
        INSTANTS.contains(&name.as_str()) || FLAGS.contains(&name.as_str()) && !is_text
    }

    /// The names to look for where no entity is known.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        let listed = [INSTANTS, FLAGS].concat();
        let listed = if self.named.is_empty() {
            listed
        } else {
            Vec::new()
        };
        self.named.iter().map(String::as_str).chain(listed)
    }
}

impl Marker {
    pub(crate) fn new(field: &str, column: Option<&str>, type_words: &[&str]) -> Self {
        let is_flag = matches!(
            type_words,
            [.., "bool" | "i8" | "i16" | "i32" | "u8" | "u16" | "u32"]
        );
        let derived = snake_case(field);
        Self {
            field: field.to_owned(),
            variant: upper_camel_case(field),
            column: column.map_or(derived, str::to_owned),
            is_flag,
        }
    }
}

/// `deletedAt` and `DeletedAt` become `deleted_at`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() {
            if index > 0 && !snake.ends_with('_') {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        } else {
            snake.push(letter);
        }
    }
    snake
}

/// `deleted_at` and `deletedAt` become `DeletedAt`.
pub(crate) fn upper_camel_case(name: &str) -> String {
    let snake = snake_case(name);
    let words = snake.split('_').filter(|word| !word.is_empty());
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
        })
        .collect()
}
