//! The words of the language: operators, functions, units. Parser, checks, schema and plain words all read them here.

use wayfare_model::value::{Scalar, ValueType};

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$about])* $variant,)* }

        impl $name {
            /// All of them, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name used in definitions.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == name)
            }
        }
    };
}

named! {
    /// How an attribute or parameter compares.
    Operator {
        /// Is that value.
        Equals = "equals",
        /// Complement of `equals`.
        NotEquals = "not_equals",
        /// Is one of the values.
        In = "in",
        /// Complement of `in`.
        NotIn = "not_in",
        /// A string has that part; an array has that element.
        Contains = "contains",
        /// Complement of `contains`.
        NotContains = "not_contains",
        /// A string starts so.
        StartsWith = "starts_with",
        /// A string ends so.
        EndsWith = "ends_with",
        /// Is greater.
        GreaterThan = "greater_than",
        /// Is greater or equal.
        AtLeast = "at_least",
        /// Is less.
        LessThan = "less_than",
        /// Is less or equal.
        AtMost = "at_most",
        /// Lies between two values, both ends in.
        Between = "between",
        /// Has a value.
        Exists = "exists",
        /// Complement of `exists`.
        NotExists = "not_exists",
        /// Is earlier.
        Before = "before",
        /// Is that time or later.
        After = "after",
        /// Lies in the last so and so long.
        InLast = "in_last",
        /// Lies in the next so and so long.
        InNext = "in_next",
        /// Its day returns in the next so and so long.
        AnniversaryInNext = "anniversary_in_next",
        /// An array has any of the elements.
        ContainsAny = "contains_any",
        /// An array has all of the elements.
        ContainsAll = "contains_all",
    }
}

named! {
    /// How a count or an aggregate compares.
    CountOperator {
        /// Is that number.
        Exactly = "exactly",
        /// Is that number or more.
        AtLeast = "at_least",
        /// Is that number or less.
        AtMost = "at_most",
        /// Lies between two numbers, both ends in.
        Between = "between",
    }
}

named! {
    /// A function over the values of a parameter.
    AggregateFunction {
        /// Their sum.
        Sum = "sum",
        /// Their mean.
        Average = "average",
        /// The least.
        Minimum = "minimum",
        /// The greatest.
        Maximum = "maximum",
        /// How many different ones.
        DistinctCount = "distinct_count",
        /// The earliest event's.
        First = "first",
        /// The latest event's.
        Last = "last",
    }
}

named! {
    /// How things stand with a person in a journey.
    JourneyState {
        /// Entered, and not left yet.
        Active = "active",
        /// Left last with the goal reached or at the end.
        Completed = "completed",
        /// Left last in another way.
        Exited = "exited",
        /// Never entered.
        NeverEntered = "never_entered",
    }
}

named! {
    /// How an event's time compares.
    TimeOperator {
        /// Ever.
        AllTime = "all_time",
        /// In the last so and so long.
        InLast = "in_last",
        /// From one instant until before another.
        Between = "between",
        /// Before an instant.
        Before = "before",
        /// At an instant or after it.
        After = "after",
    }
}

named! {
    /// A unit of time.
    Unit {
        /// 60 seconds.
        Minute = "minute",
        /// 60 minutes.
        Hour = "hour",
        /// 24 hours; on dates a calendar day.
        Day = "day",
        /// 7 days.
        Week = "week",
        /// A calendar month of the workspace's time zone.
        Month = "month",
    }
}

/// Where an operator's operand sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperandKind {
    /// There is none.
    None,
    /// In `value`.
    Value,
    /// In `values`.
    Values,
    /// In `from` and `to`.
    Bounds,
    /// In `value` and `unit`.
    Span,
}

impl OperandKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Value, Self::Values, Self::Bounds, Self::Span];

    /// The members that hold it.
    pub fn members(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Value => &["value"],
            Self::Values => &["values"],
            Self::Bounds => &["from", "to"],
            Self::Span => &["value", "unit"],
        }
    }
}

/// The types an operator works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorTypes {
    /// Every type.
    Every,
    /// Every type but arrays.
    Scalars,
    /// Numbers, strings, dates and datetimes.
    Ordered,
    /// Strings.
    Strings,
    /// Strings and arrays.
    StringsAndArrays,
    /// Dates and datetimes.
    Times,
    /// Arrays.
    Arrays,
}

impl Operator {
    /// The positive operator whose complement this is.
    pub fn complement_of(self) -> Option<Self> {
        match self {
            Self::NotEquals => Some(Self::Equals),
            Self::NotIn => Some(Self::In),
            Self::NotContains => Some(Self::Contains),
            Self::NotExists => Some(Self::Exists),
            _ => None,
        }
    }

    /// Where its operand sits.
    pub fn operand(self) -> OperandKind {
        match self {
            Self::Exists | Self::NotExists => OperandKind::None,
            Self::In | Self::NotIn | Self::ContainsAny | Self::ContainsAll => OperandKind::Values,
            Self::Between => OperandKind::Bounds,
            Self::InLast | Self::InNext | Self::AnniversaryInNext => OperandKind::Span,
            _ => OperandKind::Value,
        }
    }

    /// The types it works on.
    pub fn types(self) -> OperatorTypes {
        match self {
            Self::Exists | Self::NotExists => OperatorTypes::Every,
            Self::Equals | Self::NotEquals | Self::In | Self::NotIn => OperatorTypes::Scalars,
            Self::Contains | Self::NotContains => OperatorTypes::StringsAndArrays,
            Self::StartsWith | Self::EndsWith => OperatorTypes::Strings,
            Self::GreaterThan | Self::AtLeast | Self::LessThan | Self::AtMost | Self::Between => {
                OperatorTypes::Ordered
            }
            Self::Before | Self::After | Self::InLast | Self::InNext | Self::AnniversaryInNext => {
                OperatorTypes::Times
            }
            Self::ContainsAny | Self::ContainsAll => OperatorTypes::Arrays,
        }
    }

    /// Whether it works on a type.
    pub fn works_on(self, value_type: ValueType) -> bool {
        let scalar = match value_type {
            ValueType::One(scalar) => Some(scalar),
            ValueType::Array(_) => None,
        };
        match self.types() {
            OperatorTypes::Every => true,
            OperatorTypes::Scalars => scalar.is_some(),
            OperatorTypes::Ordered => scalar.is_some_and(|scalar| scalar != Scalar::Boolean),
            OperatorTypes::Strings => scalar == Some(Scalar::String),
            OperatorTypes::StringsAndArrays => scalar.is_none_or(|scalar| scalar == Scalar::String),
            OperatorTypes::Times => matches!(scalar, Some(Scalar::Date | Scalar::Datetime)),
            OperatorTypes::Arrays => scalar.is_none(),
        }
    }
}

impl CountOperator {
    /// Where its operand sits.
    pub fn operand(self) -> OperandKind {
        match self {
            Self::Between => OperandKind::Bounds,
            Self::Exactly | Self::AtLeast | Self::AtMost => OperandKind::Value,
        }
    }
}

impl TimeOperator {
    /// Where its operand sits.
    pub fn operand(self) -> OperandKind {
        match self {
            Self::AllTime => OperandKind::None,
            Self::InLast => OperandKind::Span,
            Self::Between => OperandKind::Bounds,
            Self::Before | Self::After => OperandKind::Value,
        }
    }
}
