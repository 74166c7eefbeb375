// Purchases, one for each customer, product and date: the last row counts. Customers and products not yet there get nothing but their key.
// database: graph
// parameters: rows LIST<MAP>
// returns: nothing
// servers: >= 4.4
UNWIND $rows AS row
MERGE (c:Customer {id: row.customer})
MERGE (p:Product {code: row.code})
MERGE (c)-[b:PURCHASED {t_date: date(row.t_date)}]->(p)
SET b.price = row.price, b.sales_channel = row.sales_channel
