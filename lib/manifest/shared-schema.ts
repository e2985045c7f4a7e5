import commonSchema from '../../schemas/common.schema.json' with { type: 'json' };
import serviceSchema from '../../schemas/service.schema.json' with { type: 'json' };

const { spec } = serviceSchema.properties;

/** References to the common schema from within it. */
const serviceSpec = JSON.parse(JSON.stringify(spec).replaceAll(`"${commonSchema.$id}#/`, '"#/')) as typeof spec;

/** The shapes that schemas refer to: those of common.schema.json, and the spec of a Service, which templates have. */
export const COMMON_SCHEMA = { ...commonSchema, $defs: { ...commonSchema.$defs, ServiceSpec: serviceSpec } };
