#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""articles.csv, customers.csv and transactions_train.csv of the size of H&M's competition, drawn from a seed: for measuring, not for reading.

    bench/peers/make_catalogue.py DIR [--purchases 31788324] [--customers 1371980] [--articles 105542] [--seed 1]

As in the competition: transactions stand in the order of day and customer, a tenth of them repeat the row before, and every customer's id is
64 hexadecimal digits. Needs NumPy."""
import argparse
import os

import numpy as np

DAYS = 734  # 2018-09-20 to 2020-09-22
CHUNK = 1 << 20
FIRST_DAY = np.datetime64("2018-09-20")


def hexadecimal(rng, n):
    """n ids of 64 digits, as bytes."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    return digits[rng.integers(0, 16, (n, 64), dtype=np.uint8)].view("S64").ravel()


def write_articles(path, rng, n):
    """Returns the codes."""
    codes = (108775000 + np.sort(rng.choice(10 * n + 800000000, n, replace=False))).astype(np.int64)
    groups, types = 19, 131
    with open(path, "w", encoding="utf-8") as out:
        out.write("article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,graphical_appearance_no,"
                  "graphical_appearance_name,colour_group_code,colour_group_name,perceived_colour_value_id,perceived_colour_value_name,"
                  "perceived_colour_master_id,perceived_colour_master_name,department_no,department_name,index_code,index_name,"
                  "index_group_no,index_group_name,section_no,section_name,garment_group_no,garment_group_name,detail_desc\n")
        for code in codes:
            t, look, colour, d = (int(x) for x in rng.integers(0, (types, 30, 50, 299)))
            out.write(f"{code:010d},{code // 1000:07d},Garment {code % 45875},{t},Type {t},Group {t % groups},{1010000 + look},Look {look},{colour},"
                      f"Colour {colour},{colour % 8},Value {colour % 8},{colour % 20},Master {colour % 20},{1000 + d},Department {d % 250},"
                      f"{chr(65 + d % 10)},Index {d % 10},{d % 5},Index group {d % 5},{d % 57},Section {d % 56},{1000 + d % 21},"
                      f"Garments {d % 21},\"Garment no. {code} in a soft, \"\"airy\"\" weave with a round neckline, {'long' * (d % 9)} sleeves and a "
                      "rib-trimmed hem.\"\n")
    return np.char.zfill(codes.astype("S10"), 10)


def write_customers(path, rng, n):
    """Returns the ids."""
    ids = np.sort(hexadecimal(rng, n))
    posts = hexadecimal(rng, n // 4 + 1)
    with open(path, "wb") as out:
        out.write(b"customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code\n")
        for start in range(0, n, CHUNK):
            part = ids[start:start + CHUNK]
            ages = rng.integers(16, 90, len(part))
            active = rng.random(len(part)) < 0.35
            post = posts[rng.integers(0, len(posts), len(part))]
            out.write(b"".join(
                b"%s,%s,%s,ACTIVE,%s,%d,%s\n" % (i, b"1.0" if a else b"", b"1.0" if a else b"", b"Regularly" if a else b"NONE", age, p)
                for i, a, age, p in zip(part.tolist(), active.tolist(), ages.tolist(), post.tolist())))
    return ids


def write_transactions(path, rng, n, customers, codes):
    row = np.dtype([("day", "S10"), ("a", "S1"), ("customer", "S64"), ("b", "S1"), ("code", "S10"), ("c", "S1"), ("price", "S20"), ("d", "S1"),
                    ("channel", "S1"), ("e", "S1")])
    days = np.datetime_as_string(FIRST_DAY + np.arange(DAYS)).astype("S10")
    prices = np.char.ljust(np.array([f"{p / 59000:.18f}" for p in range(100, 5100)], "S20"), 20, b"0")
    with open(path, "wb") as out:
        out.write(b"t_dat,customer_id,article_id,price,sales_channel_id\n")
        for day in range(DAYS):
            m = n * (day + 1) // DAYS - n * day // DAYS
            if not m:
                continue
            who = np.sort(rng.choice(len(customers), max(1, int(m / 3.4)))[rng.integers(0, max(1, int(m / 3.4)), m)])
            what = (len(codes) * rng.random(m) ** 2.5).astype(np.int64)
            price = (what * 7919 + rng.integers(0, 3, m)) % len(prices)
            channel = rng.integers(1, 3, m)
            again = np.flatnonzero((rng.random(m) < 0.13) & (np.arange(m) > 0))
            again = again[who[again] == who[again - 1]]
            for values in (what, price, channel):
                values[again] = values[again - 1]
            rows = np.empty(m, row)
            rows["day"], rows["customer"], rows["code"], rows["price"] = days[day], customers[who], codes[what], prices[price]
            rows["channel"] = np.where(channel == 1, b"1", b"2")
            for comma in "abcd":
                rows[comma] = b","
            rows["e"] = b"\n"
            rows.tofile(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--articles", type=int, default=105542)
    parser.add_argument("--customers", type=int, default=1371980)
    parser.add_argument("--purchases", type=int, default=31788324)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    os.makedirs(args.folder, exist_ok=True)
    codes = write_articles(os.path.join(args.folder, "articles.csv"), rng, args.articles)
    customers = write_customers(os.path.join(args.folder, "customers.csv"), rng, args.customers)
    write_transactions(os.path.join(args.folder, "transactions_train.csv"), rng, args.purchases, customers, codes)


if __name__ == "__main__":
    main()
