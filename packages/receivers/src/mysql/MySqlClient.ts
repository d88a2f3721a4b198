/** Connections to a MySQL, a MariaDB or a SingleStore. */
import * as Context from "effect/Context"
import type { SqlClient } from "effect/sql/SqlClient"

/**
 * What receivers and tables of this module ask for: a `SqlClient` under a name of its own, so that a pipeline can have one for
 * PostgreSQL beside it. `layer` makes one by `mysql2`.
 *
 * @category services
 * @since 0.1.0
 */
export class MySqlClient extends Context.Service<MySqlClient, SqlClient>()("@millrace/receivers/MySqlClient") {}
