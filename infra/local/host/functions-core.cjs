'use strict';
// What `require('@azure/functions-core')` finds: the API object that core-module.ts has set up.
module.exports = globalThis[Symbol.for('partner-benefits.functions-core')];
