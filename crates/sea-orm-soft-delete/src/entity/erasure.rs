//! What an erasure does with the rows of an entity.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sea_orm::sea_query::{DynIden, Expr, Nullable, ValueTuple};
use sea_orm::{ColumnTrait, Value};

use crate::value_text;

/// The primary key of a row, as `#[soft_delete(erase = with(…))]` gets it.
///
/// It prints as its values, with a `-` between them: `7`, or `7-draft`.
#[derive(Clone, Debug, PartialEq)]
pub struct RowKey(pub(crate) ValueTuple);

impl RowKey {
    /// The values, in the order of the columns of the primary key.
    pub fn values(&self) -> impl Iterator<Item = Value> + use<> {
        self.0.clone().into_iter()
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.values().enumerate() {
            if index > 0 {
                f.write_str("-")?;
            }
            f.write_str(&value_text::text_of(&value))?;
        }
        Ok(())
    }
}

/// What an erasure does with the rows of an entity.
///
/// `#[soft_delete(erase = …)]` on columns and `#[soft_delete(erase_rows)]` on the model declare it.
#[derive(Clone, Debug, Default)]
pub struct ErasureRules {
    pub(crate) columns: Vec<EraseColumn>,
    pub(crate) removes_rows: bool,
}

/// A column, and what an erasure writes into it.
#[derive(Clone)]
#[cfg_attr(not(feature = "erasure"), allow(dead_code))]
pub(crate) struct EraseColumn {
    pub(crate) column: DynIden,
    pub(crate) rule: EraseRule,
    /// Casts a value as the column requires.
    pub(crate) save_as: Arc<dyn Fn(Expr) -> Expr + Send + Sync>,
}

#[derive(Clone)]
#[cfg_attr(not(feature = "erasure"), allow(dead_code))]
pub(crate) enum EraseRule {
    /// NULL, as this value.
    Null(Value),
    /// The value of this text, or why there is none. The text is the same for all rows.
    Literal(Result<Value, String>),
    /// The value for a row, or why there is none.
    ByKey(Arc<OfKey>),
}

type OfKey = dyn Fn(&RowKey) -> Result<Value, String> + Send + Sync;

impl fmt::Debug for EraseColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "erase {}", self.column)
    }
}

impl ErasureRules {
    /// No rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows are removed.
    pub fn removing_rows(mut self) -> Self {
        self.removes_rows = true;
        self
    }

    /// NULL is written into the column.
    pub fn null<T: EraseToNull>(self, column: impl ColumnTrait) -> Self {
        self.add(column, EraseRule::Null(T::null()))
    }

    /// The value of this text is written into the column. `{key}` in it stands for the row's key.
    pub fn literal<T: EraseToLiteral>(self, column: impl ColumnTrait, text: &'static str) -> Self {
        let rule = match text.contains("{key}") {
            false => EraseRule::Literal(T::value(text)),
            true => EraseRule::ByKey(Arc::new(move |key| {
                T::value(&text.replace("{key}", &key.to_string()))
            })),
        };
        self.add(column, rule)
    }

    /// What the function makes of the row's key is written into the column.
    pub fn with<T, V>(
        self,
        column: impl ColumnTrait,
        function: impl Fn(&RowKey) -> V + Send + Sync + 'static,
    ) -> Self
    where
        T: Into<Value>,
        V: Into<T>,
    {
        let value = move |key: &RowKey| {
            let value: T = function(key).into();
            Ok(value.into())
        };
        self.add(column, EraseRule::ByKey(Arc::new(value)))
    }

    fn add(mut self, column: impl ColumnTrait, rule: EraseRule) -> Self {
        self.columns.push(EraseColumn {
            column: column.as_column_ref().1,
            rule,
            save_as: Arc::new(move |value| column.save_as(value)),
        });
        self
    }
}

/// A type whose column can hold NULL: an `Option`.
#[diagnostic::on_unimplemented(
    message = "`erase = null` needs a column that can be NULL, and `{Self}` is no `Option`",
    label = "no `Option`",
    note = "make it an `Option`, or write another value: `erase = \"…\"` or `erase = with(a_function)`"
)]
pub trait EraseToNull {
    /// NULL, as a value of this type.
    #[doc(hidden)]
    fn null() -> Value;
}

impl<T: Nullable> EraseToNull for Option<T> {
    fn null() -> Value {
        T::null()
    }
}

/// A type whose values can be read from text.
#[diagnostic::on_unimplemented(
    message = "`erase = \"…\"` cannot make a `{Self}` of a literal",
    label = "not made of a literal",
    note = "write a function of the row's key that returns the value: `erase = with(a_function)`"
)]
pub trait EraseToLiteral {
    /// The value of the text.
    #[doc(hidden)]
    fn value(text: &str) -> Result<Value, String>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr + Into<Value>> EraseToLiteral for T {
    fn value(text: &str) -> Result<Value, String> {
        match text.parse::<T>() {
            Ok(value) => Ok(value.into()),
            Err(_) => Err(format!(
                "`{text}` is no value of the type `{}`: write one, or `erase = with(a_function)`",
                std::any::type_name::<T>()
            )),
        }
    }
}
