//! How errors read: line, column, the line's text, a hint; several at once, none that follows from another.

use super::{messages, say};

/// The messages of a function's body.
fn body(text: &str) -> Vec<String> {
    messages(&format!(
        "struct point {{ int x, y; }};\nint main(void) {{ {text} }}"
    ))
}

#[track_caller]
fn refused(text: &str, message: &str) {
    assert_eq!(body(text), [message], "{text}");
}

#[test]
fn a_slip_is_told_with_its_place_and_what_was_meant() {
    let said = say("int main(void)\n{\n\tchar *p = mmpa(0, 1, PROT_RAED);\n\treturn *p;\n}\n");
    insta::assert_snapshot!(said, @r###"
    a.c:3:12: error: the function `mmpa` is not known
        3 |  char *p = mmpa(0, 1, PROT_RAED);
          |            ^~~~
          = did you mean `mmap`?

    a.c:3:23: error: the name `PROT_RAED` is not known
        3 |  char *p = mmpa(0, 1, PROT_RAED);
          |                       ^~~~~~~~~
          = did you mean `PROT_READ`?
    "###);
}

#[test]
fn a_wrong_call_is_told_with_the_prototype() {
    let said =
        say("int half(int n) { return n / 2; }\nint main(void) { munmap(0); return half(1, 2); }");
    insta::assert_snapshot!(said, @r###"
    a.c:2:18: error: `munmap` takes 2 arguments, not 1
        2 | int main(void) { munmap(0); return half(1, 2); }
          |                  ^~~~~~~~~
          = it is declared `int munmap(void *addr, size_t length)`

    a.c:2:36: error: `half` takes 1 argument, not 2
        2 | int main(void) { munmap(0); return half(1, 2); }
          |                                    ^~~~~~~~~~
          = it is declared `int half(int)`
    "###);
}

#[test]
fn a_missing_semicolon_is_told_where_it_is_missing() {
    insta::assert_snapshot!(say("int main(void)\n{\n    int a = 1\n    return a;\n}\n"), @r###"
    a.c:3:14: error: expected `;` before `return`
        3 |     int a = 1
          |              ^
    "###);
}

#[test]
fn values_and_places_are_told_apart() {
    refused("5 = 6;", "this is a value, it cannot be changed");
    refused(
        "const int c = 1; c = 2;",
        "this is `const` and cannot be changed",
    );
    refused("int a[3]; a = 0;", "an array cannot be assigned to");
    refused("&5;", "a value has no address");
    refused("&errno;", "the address of `errno` cannot be taken");
    refused(
        "void *v = 0; *v = 1;",
        "something of type `void` cannot be assigned to",
    );
    refused(
        "void *v = 0; int i = *v;",
        "this has type `void`, so it has no value",
    );
    refused(
        "const char *s = \"x\"; s[0] = 1;",
        "this is `const` and cannot be changed",
    );
    refused("main++;", "this is a value, it cannot be changed");
}

#[test]
fn types_that_do_not_fit_are_refused() {
    refused(
        "struct point p = 3;",
        "`int` cannot be converted to `struct point`",
    );
    refused(
        "struct point p; int i = p;",
        "`struct point` cannot be converted to `int`",
    );
    refused(
        "struct point p; if (p) ;",
        "a condition needs a number or a pointer, not `struct point`",
    );
    refused("char *s = 0; s * 2;", "`*` cannot be used with `char *`");
    refused(
        "int i = free(0);",
        "this gives no value: its type is `void`",
    );
    refused(
        "struct point p; p + 1;",
        "`+` cannot be used with `struct point`",
    );
    refused("int i = 1; *i;", "`*` needs a pointer, not `int`");
    refused(
        "int i = 1; i[0];",
        "`[]` needs an array or a pointer, not `int`",
    );
    refused(
        "int i = 1; i();",
        "`int` cannot be called, it is no function",
    );
    refused(
        "struct unknown u;",
        "the size of `struct unknown` is not known",
    );
    refused(
        "switch (\"x\") { }",
        "`switch` needs an integer, not `char *`",
    );
    refused("int a[3] = 1;", "this cannot initialise an array");
    refused("int a[-1];", "an array cannot have a negative length");
    refused("int a[3] = { [3] = 1 };", "this index is out of the array");
    refused(
        "sizeof(struct unknown);",
        "the size of `struct unknown` is not known",
    );
}

#[test]
fn members_are_told_with_what_would_be_right() {
    let said = say(
        "struct point { int width, y; };\nint f(struct point p, struct point *q)\n{ return p->y + q.y + p.widht; }\n int main(void) { return 0; }",
    );
    insta::assert_snapshot!(said, @r###"
    a.c:3:10: error: `->` needs a pointer to a struct
        3 | { return p->y + q.y + p.widht; }
          |          ^
          = write `.y`: this is a struct, not a pointer to one

    a.c:3:17: error: `struct point *` has no members
        3 | { return p->y + q.y + p.widht; }
          |                 ^~~
          = write `->y`: this is a pointer to a struct

    a.c:3:25: error: `struct point` has no member `widht`
        3 | { return p->y + q.y + p.widht; }
          |                         ^~~~~
          = did you mean `width`?
    "###);
}

#[test]
fn what_the_language_leaves_out_is_named() {
    refused("float f = 1;", "`float` is not part of the lab's language");
    refused(
        "long double d;",
        "`double` is not part of the lab's language",
    );
    refused(
        "int i = 1.5;",
        "the floating-point number `1.5` is not part of the lab's language",
    );
    refused(
        "struct { unsigned a : 3; } b;",
        "bit-fields are not part of the lab's language",
    );
    refused(
        "int (*f)(int);",
        "function pointers other than signal handlers are not part of the lab's language",
    );
    refused(
        "asm(\"nop\");",
        "inline assembly is not part of the lab's language",
    );
    refused(
        "pthread_create(0, 0, 0, 0);",
        "the function `pthread_create` is not known",
    );
    refused(
        "void (*h)(int) = SIG_DFL; h(1);",
        "calls through a function pointer are not part of the lab's language",
    );
    refused(
        "int x = ({ 1; });",
        "a statement inside of an expression is not part of the lab's language",
    );
    assert_eq!(
        messages("main(argc, argv) int argc; char **argv; { }"),
        ["parameters are declared inside of the parentheses"]
    );
    assert_eq!(
        messages("int f(int n, ...) { return n; } int main(void) { return f(1); }"),
        [
            "defining functions with a variable number of arguments is not part of the lab's language"
        ]
    );
}

#[test]
fn declarations_are_checked() {
    refused("int a; int a;", "`a` is declared twice");
    refused("a: a: ;", "the label `a` is there twice");
    refused(
        "goto nowhere;",
        "the label `nowhere` is nowhere in this function",
    );
    refused("break;", "`break` stands outside of any loop or switch");
    refused(
        "while (1) { switch (1) { } } continue;",
        "`continue` stands outside of any loop",
    );
    refused("case 1: ;", "`case` stands outside of any switch");
    refused(
        "switch (1) { case 1: case 2 - 1: ; }",
        "this switch has a case for 1 already",
    );
    refused(
        "static int n = main();",
        "the initial value of a global has to be a constant",
    );
    refused(
        "struct point { int x, x; };",
        "the member `x` is declared twice",
    );
    refused("if (1) int x;", "a declaration cannot stand here alone");
    refused("void v;", "`v` cannot have the type `void`");
    let twice =
        "int f(void) { return 1; } int f(void) { return 2; } int main(void) { return f(); }";
    assert_eq!(messages(twice), ["the function `f` is defined twice"]);
    let nowhere = "int f(void); extern int x; int main(void) { return f() + x; }";
    assert_eq!(
        messages(nowhere),
        [
            "the function `f` is declared, but defined nowhere",
            "`x` is declared `extern`, but defined nowhere"
        ]
    );
    let another = "int f(int); long f(int a) { return a; } int main(void) { return 0; }";
    assert_eq!(
        messages(another),
        ["`f` is declared with another type before"]
    );
    let open = "int f(); int main(void) { return f(1, 2); } int f(int a) { return a; }";
    assert_eq!(messages(open), ["`f` takes 1 arguments, not 2"]);
    assert_eq!(
        messages("int main(char *x) { return 0; }"),
        ["`main` has another type than a program's start"]
    );
}

#[test]
fn one_mistake_is_told_once() {
    assert_eq!(
        body("x = 1; x = 2; return x + x;"),
        ["the name `x` is not known"]
    );
    assert_eq!(
        body("foo_t x = 1; x++; foo_t *y = &x;"),
        [
            "the type `foo_t` is not known",
            "the type `foo_t` is not known"
        ]
    );
    assert_eq!(body("int a = 1.5; a++; return a;").len(), 1);
    assert_eq!(body("int a[n]; a[0] = 1;"), ["the name `n` is not known"]);
    let head = "int f(foo_t x) { return x; } int main(void) { return f(1) + f(2); }";
    assert_eq!(messages(head), ["the type `foo_t` is not known"]);
}

#[test]
fn parsing_goes_on_behind_an_error() {
    let text = "int main(void) {\n for (int i = 0, i < 3; i++) puts(\"x\");\n if (1 { puts(\"y\"); }\n char c = '';\n else puts(\"b\");\n}\nint h(void) { return 1 }\nstruct s { int a int b; };";
    assert_eq!(
        messages(text),
        [
            "expected `;`, not `<`",
            "expected `)`, not `{`",
            "a character constant needs a character",
            "expected `;`, not `}`",
            "expected `;`, not `int`",
        ]
    );
}

#[test]
fn braces_that_do_not_match_are_explained() {
    let missing = say("void f(void) {\nint main(void) { return 0; }\n");
    assert!(
        missing.contains("a function cannot be defined inside of another one"),
        "{missing}"
    );
    let extra = say("int main(void) { }\n puts(\"x\"); }\n");
    assert!(extra.contains("expected an expression, not `}`"), "{extra}");
    let outside = say("int main(void) { }\nputs(\"x\");\n");
    assert!(
        outside.contains("this statement stands outside of any function"),
        "{outside}"
    );
}

#[test]
fn texts_without_anything_to_run_are_refused() {
    assert_eq!(
        messages("int Main(void) { return 0; }"),
        ["there is no `main` and no statement to run"]
    );
    assert_eq!(messages(""), ["there is no `main` and no statement to run"]);
}

#[test]
fn a_wrong_member_is_told_once_and_the_others_are_known() {
    let uses = "int main(void) { struct s a = { 1, 2 }, *p = &a; a.x = 1; p->y = 2; a.y = p->x; \
                struct s b = a; int n = sizeof b; return a.inner.z + b.y + f(p) + n; }";
    for (member, message) in [
        ("Foo x;", "the type `Foo` is not known"),
        (
            "int x : 3;",
            "bit-fields are not part of the lab's language",
        ),
        (
            "struct s x;",
            "`struct s` has no known size, so it cannot be a member",
        ),
        ("struct { Foo x; };", "the type `Foo` is not known"),
    ] {
        let text = format!(
            "struct s {{ {member} int y; struct {{ int z; }} inner; }};\n\
             int f(struct s *s) {{ return s->x + s[1].x; }}\n{uses}"
        );
        assert_eq!(messages(&text), [message], "{text}");
    }
    let text =
        "struct s { Foo x; int y; };\nint main(void) { struct s a; return &a.y == \"\" + a.w; }";
    assert_eq!(messages(text), ["the type `Foo` is not known"]);
}

#[test]
fn errors_beside_one_of_syntax_are_told_too() {
    let text = "int main(void)\n{\n    int lost = 1 +;\n    prinf(\"%d\", lost);\n    char *p = mmap(0, 4096, PROT_RAED, MAP_PRIVATE, -1);\n    return lost;\n}\n";
    assert_eq!(
        messages(text),
        [
            "expected an expression, not `;`",
            "the function `prinf` is not known",
            "the name `PROT_RAED` is not known",
        ]
    );
    // Where brackets do not match, what follows is not worth a word.
    let open = "int main(void)\n{\n    if (x {\n    y = 1;\n}\n";
    let told = messages(open);
    assert!(
        !told.iter().any(|message| message.contains("`y`")),
        "{told:?}"
    );
}

#[test]
fn slips_in_keywords_and_braces_have_hints() {
    for (text, hint) in [
        ("int main(void) { retrun 0; }", "did you mean `return`?"),
        ("imt main(void) { return 0; }", "did you mean `int`?"),
        (
            "int main(void) { while (1) ; } }",
            "this `}` has no `{`: one is too many",
        ),
        (
            "int main(void) { fopen(0, 0); }",
            "the lab has files as descriptors",
        ),
    ] {
        let said = say(text);
        assert!(said.contains(hint), "{said}");
    }
    assert_eq!(
        messages("/* never closed\nint main(void) { return 0; }"),
        ["this comment has no end"]
    );
    let line = "#line 100\nint main(void) { return 0; }";
    assert_eq!(
        messages(line),
        ["`#line` is not part of the lab's language"]
    );
}
