//! Types as C writes them, inside out: `const char *`, `int (*m)[10]`.

use super::{ArrayLength, QualType, RecordKind, Type, Types};

impl Types {
    /// The type as C writes it: `const char *`, `int [4]`, `struct node *`.
    pub fn name(&self, ty: &Type) -> String {
        self.declaration(&ty.clone().into(), "")
    }

    /// The declaration of a name with this type: `int (*m)[10]`, `char buf[16]`.
    pub fn declaration(&self, ty: &QualType, name: &str) -> String {
        self.declare(ty, name.to_owned(), None)
    }

    /// The type with its innermost part, what is left after `steps` pointers, arrays and functions, written as `base`.
    pub fn declaration_from(&self, ty: &QualType, steps: usize, base: &str) -> String {
        self.declare(ty, String::new(), Some((steps, base)))
    }

    fn declare(&self, ty: &QualType, inner: String, named: Option<(usize, &str)>) -> String {
        if let Some((0, base)) = named {
            let space = if inner.is_empty() { "" } else { " " };
            return format!("{base}{space}{inner}");
        }
        let named = named.map(|(steps, base)| (steps.saturating_sub(1), base));
        let base = match &ty.ty {
            Type::Void => "void".to_owned(),
            Type::Int(int) => int.name().to_owned(),
            Type::Enum(id) => {
                let found = self.enumeration(*id);
                tagged(
                    "enum",
                    found.and_then(|e| e.name.as_deref()),
                    found.is_some_and(|e| e.is_tag),
                )
            }
            Type::Record(id) => self.record(*id).map_or_else(String::new, |record| {
                let keyword = match record.kind {
                    RecordKind::Struct => "struct",
                    RecordKind::Union => "union",
                };
                tagged(keyword, record.name.as_deref(), record.is_tag)
            }),
            Type::Pointer(to) => {
                let star = format!("*{}{inner}", qualifiers(ty));
                let is_named = matches!(named, Some((0, _)));
                let nested = matches!(to.ty, Type::Array(_) | Type::Function(_)) && !is_named;
                let star = if nested { format!("({star})") } else { star };
                return self.declare(to, star, named);
            }
            Type::Array(array) => {
                let length = match array.length {
                    ArrayLength::Fixed(count) => count.to_string(),
                    ArrayLength::Unsized => String::new(),
                    ArrayLength::Variable(_) => "*".to_owned(),
                };
                return self.declare(&array.element, format!("{inner}[{length}]"), named);
            }
            Type::Function(function) => {
                let mut params: Vec<String> =
                    function.params.iter().map(|p| self.name(p)).collect();
                if function.is_variadic {
                    params.push("...".to_owned());
                } else if params.is_empty() {
                    params.push("void".to_owned());
                }
                let inner = format!("{inner}({})", params.join(", "));
                return self.declare(&function.result.clone().into(), inner, named);
            }
        };
        let space = if inner.is_empty() { "" } else { " " };
        format!("{}{base}{space}{inner}", qualifiers(ty))
    }
}

fn qualifiers(ty: &QualType) -> &'static str {
    match (ty.is_const, ty.is_volatile) {
        (false, false) => "",
        (true, false) => "const ",
        (false, true) => "volatile ",
        (true, true) => "const volatile ",
    }
}

fn tagged(keyword: &str, name: Option<&str>, is_tag: bool) -> String {
    match name {
        Some(name) if is_tag => format!("{keyword} {name}"),
        Some(name) => name.to_owned(),
        None => keyword.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ArrayType, FunctionType};
    use super::*;
    use std::rc::Rc;

    fn array(element: Type, count: u64) -> Type {
        Type::Array(Rc::new(ArrayType {
            element: element.into(),
            length: ArrayLength::Fixed(count),
        }))
    }

    #[test]
    fn types_print_as_c_declares_them() {
        let types = Types::default();
        let text = QualType {
            is_const: true,
            ..Type::CHAR.into()
        };
        let pointer = Type::Pointer(Rc::new(text));
        assert_eq!(
            types.declaration(&pointer.clone().into(), "s"),
            "const char *s"
        );
        assert_eq!(types.name(&array(pointer, 3)), "const char *[3]");
        let rows = array(Type::INT, 10).pointer();
        assert_eq!(types.declaration(&rows.into(), "m"), "int (*m)[10]");
        let handler = Type::Function(Rc::new(FunctionType {
            result: Type::Void,
            params: vec![Type::INT],
            is_variadic: false,
        }));
        assert_eq!(types.name(&handler.pointer()), "void (*)(int)");
    }
}
