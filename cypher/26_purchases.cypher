// Purchases: pieces of one customer, product, date, price and channel are one, and quantity says how many there were in the load of that number;
// those of an earlier load are counted anew. Customers and products not yet there get nothing but their key. Nothing when 29_put_mark found the
// transaction done already.
// database: graph
// parameters: kind STRING, load INTEGER, rows LIST<MAP>
// returns: nothing
// servers: >= 4.4
MATCH (m:HmrecLoad {kind: $kind})
WHERE m.fresh
UNWIND $rows AS row
WITH m, row.customer AS customer, row.code AS code, date(row.t_date) AS t_date, row.price AS price, row.sales_channel AS sales_channel,
     count(*) AS pieces
MERGE (c:Customer {id: customer})
MERGE (p:Product {code: code})
MERGE (c)-[b:PURCHASED {t_date: t_date, price: price, sales_channel: sales_channel}]->(p)
WITH m, b, pieces, CASE WHEN b.load = $load THEN b.quantity ELSE 0 END AS before
SET b.quantity = before + pieces, b.load = $load
WITH m, sum(pieces) AS pieces, sum(CASE WHEN before = 0 THEN 1 ELSE 0 END) AS purchases
SET m.merged = m.merged + pieces - purchases
