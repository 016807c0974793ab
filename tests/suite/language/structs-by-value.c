/* Structs and unions as values: passed, returned, assigned, nested, in arrays. */
#include <stdio.h>
#include <string.h>
#include <stddef.h>
#include <stdint.h>

struct point {
    short x, y;
};

struct rectangle {
    struct point low, high;
    char name[12];
};

union word {
    uint32_t whole;
    uint8_t byte[4];
    struct {
        uint16_t low, high;
    };
};

typedef struct {
    char tag;
    union {
        long number;
        char text[16];
    };
} value_t;

static struct point add(struct point a, struct point b)
{
    a.x += b.x;
    a.y += b.y;
    return a;
}

static struct rectangle make(int x, int y, const char *name)
{
    struct rectangle r = { { 0, 0 }, { x, y }, "" };
    strcpy(r.name, name);
    return r;
}

static struct rectangle move(struct rectangle r, struct point by)
{
    r.low = add(r.low, by);
    r.high = add(r.high, by);
    r.name[0] = 'm';
    return r;
}

static long area(const struct rectangle *r)
{
    return (long)(r->high.x - r->low.x) * (r->high.y - r->low.y);
}

static value_t numbered(long n)
{
    value_t v = { .tag = 'n', .number = n };
    return v;
}

int main(void)
{
    struct rectangle r = make(30, 20, "field"), all[3];
    struct rectangle moved = move(r, (struct point){ .y = 5, .x = -7 });
    printf("%s %d,%d %d,%d area %ld\n", r.name, r.low.x, r.low.y, r.high.x, r.high.y, area(&r));
    printf("%s %d,%d %d,%d area %ld\n", moved.name, moved.low.x, moved.low.y, moved.high.x, moved.high.y,
           area(&moved));
    for (int i = 0; i < 3; i++)
        all[i] = move(make(i + 1, i + 2, "box"), add(moved.low, all[0].high = (struct point){ i, i }));
    for (int i = 0; i < 3; i++)
        printf("%s %d,%d area %ld\n", all[i].name, all[i].low.x, all[i].low.y, area(&all[i]));
    printf("returned member %d\n", make(9, 8, "x").high.y);

    union word w = { 0x11223344 };
    printf("%x %x %x %x\n", w.byte[0], w.byte[3], w.low, w.high);
    w.byte[1] = 0xff;
    printf("%08x\n", w.whole);

    value_t v = numbered(-5), u = v;
    u.tag = 't';
    strncpy(u.text, "text in a union", sizeof u.text);
    printf("%c %ld, %c %s\n", v.tag, v.number, u.tag, u.text);
    struct point *p = &all[2].high;
    struct point old = *p;
    *p = (1 ? moved.low : moved.high);
    printf("%d,%d then %d,%d\n", old.x, old.y, p->x, p->y);
    printf("sizes %zu %zu %zu %zu, offset %zu\n", sizeof(struct point), sizeof r, sizeof w, sizeof v,
           offsetof(struct rectangle, name));
    return 0;
}
