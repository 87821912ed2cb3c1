//! Results to text: the only code that knows colour or JSON field names.
